CREATE TABLE tokens (
    secret_hash blob not null primary key,
    purpose text not null,
    email text not null,
    is_mailed integer not null check (is_mailed in (0, 1)),
    user_id integer references users (id),
    invitation_id integer references invitations (id) on delete cascade,
    expires_at integer not null
) strict;

CREATE INDEX tokens_by_expiry on tokens (expires_at);

CREATE INDEX tokens_by_invitation on tokens (invitation_id);

CREATE INDEX tokens_by_user on tokens (user_id, purpose);
