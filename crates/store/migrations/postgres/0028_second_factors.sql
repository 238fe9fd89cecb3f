-- What people prove themselves with besides their password. The secret that codes are computed from
-- is in `secrets`.
create table second_factors (
    user_id bigint primary key references users (id),
    created_at bigint not null,
    -- Since when it is asked for; null while it is being set up.
    confirmed_at bigint,
    -- The time step of the last code that was taken: no code is taken twice.
    last_step bigint not null
);

-- Codes in the place of a lost device, each good for one time.
create table recovery_codes (
    user_id bigint not null references users (id),
    code_hash bytea not null,
    constraint recovery_codes__code_hash primary key (user_id, code_hash)
);
