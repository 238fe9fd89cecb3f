select id, workspace_id, public_key, name, domain, allowed_hosts, consent_mode, script_path,
    events_path, settings, on_campaign_change, at_midnight, created_at, archived_at, version
from sites
where workspace_id = $1 and archived_at is null
order by id
