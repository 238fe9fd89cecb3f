update share_links
set looks_noted = $3, noted_at = $4
where workspace_id = $1 and id = $2
