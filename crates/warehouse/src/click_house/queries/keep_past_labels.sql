-- Labels that the staged ones would change; a newer version that says the same changes nothing.
insert into past_labels
select
    l.workspace, l.traffic, l.channel, l.subchannel, l.source, l.campaign, l.ad_group, l.ad,
    l.keyword, l.version, l.campaign_key, :until_ms
from labels as l
join staged_labels as s on s.c0 = l.workspace and s.c1 = l.traffic
where :allowed and (
    l.channel is distinct from s.c2
    or l.subchannel is distinct from s.c3
    or l.source <> s.c4
    or l.campaign <> s.c5
    or l.ad_group <> s.c6
    or l.ad <> s.c7
    or l.keyword <> s.c8
)
