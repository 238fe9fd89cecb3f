CREATE TABLE login_attempts (
    bucket text not null primary key,
    failures integer not null,
    started_at integer not null
) strict;

CREATE INDEX login_attempts_by_start on login_attempts (started_at);
