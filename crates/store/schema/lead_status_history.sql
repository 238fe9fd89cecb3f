CREATE TABLE lead_status_history (
    id integer primary key autoincrement,
    workspace_id integer not null,
    lead_id integer not null,
    at integer not null,
    from_status text,
    to_status text not null,
    author_id integer references users (id),
    import_id integer,
    foreign key (workspace_id, lead_id) references leads (workspace_id, id),
    foreign key (workspace_id, import_id) references imports (workspace_id, id)
) strict;

CREATE INDEX lead_status_history_by_lead on lead_status_history (workspace_id, lead_id, at, id);
