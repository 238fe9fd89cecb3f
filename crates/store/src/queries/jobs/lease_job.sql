update jobs
set lease_until = $2, attempts = attempts + 1
where id = (
    select id
    from jobs
    where failed_at is null and run_after <= $1
        and (lease_until is null or lease_until <= $1 or lease_until > $2)
    order by run_after, id
    limit 1
)
returning id, workspace_id, kind, payload, attempts, created_at
