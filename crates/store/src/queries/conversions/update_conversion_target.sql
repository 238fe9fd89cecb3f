update conversion_targets
set platform = $4, event = $5, conversion = $6, value_kind = $7, fixed_micros = $8, currency = $9,
    time_zone = $10, version = version + 1
where workspace_id = $1 and id = $2 and version = $3 and archived_at is null
returning version
