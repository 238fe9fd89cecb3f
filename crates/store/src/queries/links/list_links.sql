select id, workspace_id, slug, name, target, source, medium, campaign, ad_group, ad, keyword,
    settings, created_at, archived_at, version
from links
where workspace_id = $1 and (created_at, id) < ($2, $3)
order by created_at desc, id desc
limit $4
