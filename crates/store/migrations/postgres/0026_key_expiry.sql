-- When a key ends by itself; never where nothing is said.
alter table api_keys add column expires_at bigint;
