-- Processes that work on one store, each with a data folder of its own.
create table nodes (
    name text collate "C" not null primary key,
    -- The id of its data folder: no other folder ever has the name.
    folder text collate "C" not null,
    -- What it does, separated by commas.
    roles text collate "C" not null,
    -- Where other nodes reach it; empty where they need not.
    address text collate "C" not null,
    version text collate "C" not null,
    seen_at bigint not null,
    -- Where its journal ended when it stopped; null while it runs.
    stopped_segment bigint,
    stopped_offset bigint,
    -- Since when nobody waits for it any more.
    gone_at bigint
);

-- Who does what only one node may do at a time.
create table leases (
    name text collate "C" not null primary key,
    -- The data folder's id; empty when it was given back.
    holder text collate "C" not null,
    -- Counts the holders: what an earlier one still writes is refused.
    fence bigint not null,
    -- Goes up while the holder lives.
    beat bigint not null,
    -- What the holder tells the others, in milliseconds.
    told bigint not null
);

-- What nodes keep in memory, counted up by every transaction that changes it: a look at these rows
-- says whether to read the rest again. A file has one process and needs none.
create table revisions (
    name text collate "C" not null primary key,
    value bigint not null
);

insert into revisions (name, value) values ('routing', 1), ('labels', 1), ('erased', 1);

create function bump_revision() returns trigger language plpgsql as $$
begin
    update revisions set value = value + 1 where name = tg_argv[0];
    return null;
end $$;

create trigger sites_routing after insert or update or delete on sites
for each statement execute function bump_revision('routing');
create trigger links_routing after insert or update or delete on links
for each statement execute function bump_revision('routing');
create trigger api_keys_routing
after insert or delete or update of scopes, revoked_at, expires_at on api_keys
for each statement execute function bump_revision('routing');
create trigger workspaces_routing after insert or delete or update of time_zone on workspaces
for each statement execute function bump_revision('routing');

create trigger channels_labels after insert or update or delete on channels
for each statement execute function bump_revision('labels');
create trigger channel_rules_labels after insert or update or delete on channel_rules
for each statement execute function bump_revision('labels');
-- A name that is seen again is no change.
create function bump_labels() returns trigger language plpgsql as $$
begin
    update revisions set value = value + 1
    where name = 'labels' and exists (select 1 from added);
    return null;
end $$;

create trigger ad_entity_names_labels after insert on ad_entity_names
referencing new table as added for each statement execute function bump_labels();
create trigger workspaces_labels after insert or delete or update of time_zone on workspaces
for each statement execute function bump_revision('labels');

create trigger erased_marks_erased after insert or update or delete on erased_marks
for each statement execute function bump_revision('erased');
