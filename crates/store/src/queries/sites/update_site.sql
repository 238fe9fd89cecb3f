update sites
set public_key = $4, name = $5, domain = $6, allowed_hosts = $7, consent_mode = $8,
    script_path = $9, events_path = $10, settings = $11, on_campaign_change = $12,
    at_midnight = $13, version = version + 1
where workspace_id = $1 and id = $2 and version = $3 and archived_at is null
returning version
