insert into payments (workspace_id, id, external_id, deal_id, at, recorded_at, amount_micros,
    currency, kind, import_id, archived_at, version)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
on conflict (id) do update set
    external_id = excluded.external_id,
    deal_id = excluded.deal_id,
    at = excluded.at,
    recorded_at = excluded.recorded_at,
    amount_micros = excluded.amount_micros,
    currency = excluded.currency,
    kind = excluded.kind,
    import_id = excluded.import_id,
    archived_at = excluded.archived_at,
    version = excluded.version
where payments.workspace_id = excluded.workspace_id
