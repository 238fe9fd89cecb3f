CREATE TABLE identities (
    workspace_id integer not null,
    kind text not null check (kind in ('phone', 'email')),
    value text not null,
    person_id integer not null,
    created_at integer not null,
    primary key (workspace_id, kind, value),
    foreign key (workspace_id, person_id) references persons (workspace_id, id)
) strict;

CREATE INDEX identities_by_person on identities (workspace_id, person_id);
