delete from import_mappings
where workspace_id = $1 and name = '' and id not in (
    select id
    from import_mappings
    where workspace_id = $1 and name = ''
    order by used_at desc, id desc
    limit $2
)
