select traffic, source, medium, campaign, ad_group, ad, keyword, click_id, referrer, default_channel
from traffic
where workspace = $1
order by traffic
