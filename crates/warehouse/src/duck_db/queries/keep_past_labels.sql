-- Labels that the staged ones would change; a newer version that says the same changes nothing.
insert into past_labels
select
    l.workspace, l.traffic, l.channel, l.subchannel, l.source, l.campaign, l.ad_group, l.ad,
    l.keyword, l.version, l.campaign_key, $1
from labels as l
join staged_labels as s on s.workspace = l.workspace and s.traffic = l.traffic
where l.channel is distinct from s.channel
    or l.subchannel is distinct from s.subchannel
    or l.source <> s.source
    or l.campaign <> s.campaign
    or l.ad_group <> s.ad_group
    or l.ad <> s.ad
    or l.keyword <> s.keyword
