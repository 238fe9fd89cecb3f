select
    t.traffic, t.source, t.medium, t.campaign, t.ad_group, t.ad, t.keyword, t.click_id,
    t.referrer, t.default_channel
from traffic as t
left join labels as l on l.workspace = t.workspace and l.traffic = t.traffic
where t.workspace = $1 and l.channel is null
order by t.traffic
