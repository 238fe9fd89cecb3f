-- Those that open something.
select s.workspace_id, s.id, s.author_id, s.view_id, s.password_hash, s.metrics, s.expires_at,
    s.created_at, s.looks, s.looks_noted, s.noted_at, s.looked_at
from share_links as s
join saved_views as v on v.workspace_id = s.workspace_id and v.id = s.view_id
where s.workspace_id = $1 and s.expires_at > $2 and s.revoked_at is null and v.archived_at is null
order by s.created_at desc, s.id desc
