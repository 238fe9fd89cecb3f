update share_links
set looks = looks + 1, looked_at = $3
where workspace_id = $1 and id = $2 and revoked_at is null
