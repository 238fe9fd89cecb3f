CREATE TABLE mails (
    id integer primary key autoincrement,
    purpose text not null,
    email text not null,
    user_id integer references users (id),
    invitation_id integer references invitations (id) on delete cascade,
    created_at integer not null,
    due_at integer,
    attempts integer not null,
    failure text not null
, about_id integer) strict;

CREATE INDEX mails_by_address on mails (email, purpose);

CREATE INDEX mails_by_due on mails (due_at, id);

CREATE INDEX mails_by_invitation on mails (invitation_id);
