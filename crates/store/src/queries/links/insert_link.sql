insert into links (workspace_id, created_at, slug, name, target, source, medium, campaign,
    ad_group, ad, keyword, settings, version)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, 1)
returning id
