insert into cost_gaps (workspace_id, declaration_id, day, traffic_key, original_currency)
values ($1, $2, $3, $4, $5)
