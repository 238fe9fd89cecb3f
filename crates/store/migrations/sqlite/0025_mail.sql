-- People who were asked to join a workspace and have not answered yet.
create table invitations (
    id integer primary key autoincrement,
    workspace_id integer not null references workspaces (id),
    email text not null,
    role text not null,
    language text not null,
    invited_by integer references users (id),
    created_at integer not null,
    expires_at integer not null,
    unique (workspace_id, email)
) strict;

-- Secrets that went out by mail or were shown once; each opens one door, once.
create table tokens (
    secret_hash blob not null primary key,
    purpose text not null,
    email text not null,
    is_mailed integer not null check (is_mailed in (0, 1)),
    user_id integer references users (id),
    invitation_id integer references invitations (id) on delete cascade,
    expires_at integer not null
) strict;

create index tokens_by_expiry on tokens (expires_at);

create index tokens_by_invitation on tokens (invitation_id);

create index tokens_by_user on tokens (user_id, purpose);

-- Mail on its way. What it says is written when it is sent: no secret waits in a table.
create table mails (
    id integer primary key autoincrement,
    purpose text not null,
    email text not null,
    user_id integer references users (id),
    invitation_id integer references invitations (id) on delete cascade,
    created_at integer not null,
    due_at integer,
    attempts integer not null,
    failure text not null
) strict;

create index mails_by_address on mails (email, purpose);

create index mails_by_due on mails (due_at, id);

create index mails_by_invitation on mails (invitation_id);

-- Since when the person is known to read the mail of their address.
alter table users add column email_verified_at integer;
