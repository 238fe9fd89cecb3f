CREATE TABLE lead_assignments (
    id integer primary key autoincrement,
    workspace_id integer not null,
    lead_id integer not null,
    at integer not null,
    from_id integer references users (id),
    to_id integer references users (id),
    author_id integer references users (id),
    foreign key (workspace_id, lead_id) references leads (workspace_id, id)
) strict;

CREATE INDEX lead_assignments_by_lead on lead_assignments (workspace_id, lead_id, id);
