delete from audit_entries
where workspace_id = $1 and seq in (
    select seq
    from audit_entries
    where workspace_id = $1 and seq <= $2
    order by seq
    limit $3
)
