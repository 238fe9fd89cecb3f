select s.id, s.name, s.role, s.team_id, s.channels, s.disabled_at, s.created_at, s.version,
    (
        select max(k.last_used_at)
        from api_keys as k
        where k.workspace_id = s.workspace_id and k.service_account_id = s.id
    ) as last_used_at
from service_accounts as s
where s.workspace_id = $1 and s.removed_at is null
order by s.name, s.id
