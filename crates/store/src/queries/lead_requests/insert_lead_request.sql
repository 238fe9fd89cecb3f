insert into lead_requests (workspace_id, door, body, headers, received_at, request_key, state)
values ($1, $2, $3, $4, $5, $6, 'received')
returning id
