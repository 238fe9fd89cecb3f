update leads
set request_id = null
where request_id in (
    select id
    from lead_requests
    where state <> 'received' and received_at <= $1
    order by received_at, id
    limit $2
)
