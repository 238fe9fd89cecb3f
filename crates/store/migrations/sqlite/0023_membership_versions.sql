-- Whoever changes what a person is names the version they read.
alter table memberships add column version integer not null default 1;
