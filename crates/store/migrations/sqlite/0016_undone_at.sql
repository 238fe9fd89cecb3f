-- When an import was taken back, which a chart shows on that day.
alter table imports add column undone_at integer;
update imports
set undone_at = coalesce(
    (
        select max(d.undone_at)
        from cost_declarations as d
        where d.workspace_id = imports.workspace_id and d.import_id = imports.id
    ),
    finished_at,
    created_at
)
where state = 'undone';
