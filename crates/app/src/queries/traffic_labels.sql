select labels.traffic, channels.name, labels.source, labels.campaign
from labels
left join channels on channels.workspace = labels.workspace
    and channels.channel = coalesce(labels.subchannel, labels.channel)
where labels.workspace = $1
    and labels.traffic in (select cast(unnest(string_split($2, ',')) as ubigint))
order by labels.traffic
