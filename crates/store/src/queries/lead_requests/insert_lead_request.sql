insert into lead_requests (workspace_id, door, body, headers, received_at, state)
values ($1, $2, $3, $4, $5, 'received')
returning id
