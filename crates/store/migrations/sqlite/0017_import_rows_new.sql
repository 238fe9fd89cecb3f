-- Rows that brought something new, which were counted among those that changed something. Of older
-- imports of costs the effects tell how many amounts are new; of the others nothing does.
alter table imports add column rows_new integer not null default 0;
