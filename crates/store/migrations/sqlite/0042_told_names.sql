-- A file keeps how its conversion was called when it was made: what puts it right later has to say
-- the same name, whatever it is called by then.
alter table conversion_batches add column conversion text not null default '';

update conversion_batches
set conversion = (
    select t.conversion
    from conversion_targets as t
    where t.workspace_id = conversion_batches.workspace_id and t.id = conversion_batches.target_id
);
