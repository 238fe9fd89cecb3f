CREATE TABLE second_factors (
    user_id integer primary key references users (id),
    created_at integer not null,
    -- Since when it is asked for; null while it is being set up.
    confirmed_at integer,
    -- The time step of the last code that was taken: no code is taken twice.
    last_step integer not null
) strict;
