update share_links
set revoked_at = $3, version = version + 1
where workspace_id = $1 and id = $2 and revoked_at is null
