insert into sites (workspace_id, created_at, public_key, name, domain, allowed_hosts,
    consent_mode, script_path, events_path, settings,
    on_campaign_change, at_midnight, version)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, 1)
returning id
