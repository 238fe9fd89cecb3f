-- Values that are kept encrypted, each under a key of its own that the master key wraps. The master
-- key is not in the store.
create table secrets (
    id integer primary key autoincrement,
    -- Whose value it is; null where it belongs to a person, who is of no workspace.
    workspace_id integer references workspaces (id),
    -- The record and the field that it is the value of.
    owner text not null,
    field text not null,
    owner_id integer not null,
    -- The master key that wraps.
    key_id text not null,
    wrapped_key blob not null,
    sealed blob not null,
    unique (owner, field, owner_id)
) strict;

create index secrets_by_key on secrets (key_id, id);
