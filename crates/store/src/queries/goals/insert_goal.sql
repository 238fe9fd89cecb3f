insert into goals (
    workspace_id, created_at, site_id, name, kind, target, property, property_value, worth_micros,
    version
)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, 1)
returning id
