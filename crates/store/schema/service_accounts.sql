CREATE TABLE service_accounts (
    id integer primary key autoincrement,
    workspace_id integer not null references workspaces (id),
    name text not null,
    role text not null,
    -- Whose leads and deals it sees: those of the team, or all of them where none is named.
    team_id integer,
    -- A list of channels; all of them where nothing is said.
    channels text,
    created_at integer not null,
    -- When it was switched off; its keys are revoked then, and it gets no others.
    disabled_at integer,
    -- When it was taken out; its keys are revoked then.
    removed_at integer,
    version integer not null,
    foreign key (workspace_id, team_id) references teams (workspace_id, id)
) strict;

CREATE UNIQUE INDEX service_accounts__name on service_accounts (workspace_id, name)
where removed_at is null;
