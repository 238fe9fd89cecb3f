-- When the person last proved that it is them, by signing in or again since. Sessions of before have
-- not been asked.
alter table sessions add column proved_at integer not null default 0;
