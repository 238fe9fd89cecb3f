insert into ad_name_sightings (workspace_id, recorded_at, source, level, external_id, name,
    first_day, last_day, matched_by, import_id)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
