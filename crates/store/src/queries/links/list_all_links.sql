select id, workspace_id, slug, name, target, source, medium, campaign, ad_group, ad, keyword,
    settings, created_at, archived_at, version
from links
where archived_at is null
order by id
