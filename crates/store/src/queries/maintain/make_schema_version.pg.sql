-- One row, which the first statement makes and no other may join.
create table if not exists schema_version (
    only_row bigint primary key check (only_row = 1),
    version bigint not null
);
insert into schema_version (only_row, version)
values (1, 0)
on conflict (only_row) do nothing;
