-- Clicks are null where a platform tells none: nobody knows whether there were any.
alter table costs alter column clicks drop not null;
