with replayed as (
    insert into erasures (
        id, workspace_id, requested_at, author_id, step, until_ms, subject, counts
    )
    overriding system value
    values ($1, $2, $3, null, 'records', $4, $5, $6)
    on conflict (id) do nothing
    returning id
)

select
    setval(
        pg_get_serial_sequence('erasures', 'id'),
        greatest($1, (select coalesce(max(id), 1) from erasures))
    )
from replayed
