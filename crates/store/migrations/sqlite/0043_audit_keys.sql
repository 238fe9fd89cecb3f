-- With which API key something was done, by its number and the name that it had; null for what was
-- done without one, and for what was done by a service account before this was kept.
alter table audit_entries add column key_id integer;
alter table audit_entries add column key_name text;
