insert into payments (workspace_id, external_id, deal_id, at, recorded_at, amount_micros,
    currency, kind, import_id, version)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, 1)
returning id
