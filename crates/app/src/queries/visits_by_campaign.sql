select labels.source, labels.campaign, sum(visits.visits)::bigint as came
from visits
join labels on labels.workspace = visits.workspace and labels.traffic = visits.traffic
where visits.workspace = $1 and visits.bot = '' and labels.campaign <> ''
group by labels.source, labels.campaign
order by came desc, labels.source, labels.campaign
limit 1000
