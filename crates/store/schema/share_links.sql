CREATE TABLE share_links (
    id integer primary key autoincrement,
    workspace_id integer not null,
    view_id integer not null,
    -- Whose reach bounds what is shown.
    author_id integer not null references users (id),
    secret_hash blob not null,
    -- Empty where none is asked for.
    password_hash text not null,
    -- Those that are shown, a list in JSON; null for all of the view.
    metrics text,
    created_at integer not null,
    expires_at integer not null,
    revoked_at integer,
    looks integer not null,
    looks_noted integer not null,
    noted_at integer,
    looked_at integer,
    version integer not null,
    foreign key (workspace_id, view_id) references saved_views (workspace_id, id)
) strict;

CREATE UNIQUE INDEX share_links__secret_hash on share_links (secret_hash);

CREATE INDEX share_links_by_time on share_links (workspace_id, created_at, id);
