-- Whether people who were erased, and what is too old, may still be in the journal: a copy of the
-- data folder was put in its place, or nobody waited for it for a while.
alter table nodes add column is_unswept bigint not null default 0 check (is_unswept in (0, 1));
