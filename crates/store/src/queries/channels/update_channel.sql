update channels
set parent_id = $4, name = $5, kind = $6, colour = $7, position = $8, version = version + 1
where workspace_id = $1 and id = $2 and version = $3 and archived_at is null
returning version
