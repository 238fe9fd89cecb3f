select labels.source, labels.campaign, sum(visits.visits)::bigint as visits
from visits
join labels on labels.workspace = visits.workspace and labels.traffic = visits.traffic
where visits.workspace = $1 and visits.bot = '' and labels.campaign <> ''
group by labels.source, labels.campaign
order by visits desc, labels.source, labels.campaign
limit 1000
