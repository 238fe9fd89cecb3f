update links
set slug = $4, name = $5, target = $6, source = $7, medium = $8, campaign = $9, ad_group = $10,
    ad = $11, keyword = $12, settings = $13, archived_at = $14, version = version + 1
where workspace_id = $1 and id = $2 and version = $3
returning version
