select id, workspace_id, slug, name, target, source, medium, campaign, ad_group, ad, keyword,
    settings, created_at, archived_at, version
from links
where workspace_id = $1 and id = $2
