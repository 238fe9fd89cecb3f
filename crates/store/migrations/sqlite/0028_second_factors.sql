-- What people prove themselves with besides their password. The secret that codes are computed from
-- is in `secrets`.
create table second_factors (
    user_id integer primary key references users (id),
    created_at integer not null,
    -- Since when it is asked for; null while it is being set up.
    confirmed_at integer,
    -- The time step of the last code that was taken: no code is taken twice.
    last_step integer not null
) strict;

-- Codes in the place of a lost device, each good for one time.
create table recovery_codes (
    user_id integer not null references users (id),
    code_hash blob not null,
    primary key (user_id, code_hash)
) strict;
