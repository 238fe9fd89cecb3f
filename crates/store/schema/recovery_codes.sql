CREATE TABLE recovery_codes (
    user_id integer not null references users (id),
    code_hash blob not null,
    primary key (user_id, code_hash)
) strict;
