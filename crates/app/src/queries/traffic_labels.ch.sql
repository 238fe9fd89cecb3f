select labels.traffic, channels.name, labels.source, labels.campaign
from labels
left join channels on channels.workspace = labels.workspace
    and channels.channel = coalesce(labels.subchannel, labels.channel)
where labels.workspace = $1
    and labels.traffic in (select toUInt64(arrayJoin(splitByChar(',', $2))))
order by labels.traffic
