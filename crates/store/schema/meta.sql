CREATE TABLE meta (
    key text not null primary key,
    value blob not null
) strict;
