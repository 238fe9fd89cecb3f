insert into conversion_targets (workspace_id, created_at, platform, event, conversion, value_kind,
    fixed_micros, currency, time_zone, version)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, 1)
returning id
