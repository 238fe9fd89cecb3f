-- The import that brought a row of these, so that it can be taken out again; null where it came at
-- a door.
alter table hits add column import bigint;

alter table repeatable_hits add column import bigint;

alter table visits add column import bigint;

alter table touches add column import bigint;
