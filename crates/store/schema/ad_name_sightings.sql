CREATE TABLE ad_name_sightings (
    id integer primary key autoincrement,
    workspace_id integer not null references workspaces (id),
    source text not null,
    level text not null check (level in ('campaign', 'ad_group', 'ad')),
    external_id text not null,
    name text not null,
    first_day integer not null,
    last_day integer not null check (last_day >= first_day),
    -- What visits and costs of the file are matched by.
    matched_by text not null check (matched_by in ('name', 'id')),
    import_id integer,
    recorded_at integer not null,
    undone_at integer,
    unique (workspace_id, source, level, external_id, name, import_id),
    foreign key (workspace_id, import_id) references imports (workspace_id, id)
) strict;

CREATE INDEX ad_name_sightings_by_import on ad_name_sightings (workspace_id, import_id);
