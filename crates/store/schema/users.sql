CREATE TABLE users (
    id integer primary key autoincrement,
    email text not null unique,
    name text not null,
    language text not null,
    password_hash text not null,
    created_at integer not null,
    version integer not null
, email_verified_at integer) strict;
