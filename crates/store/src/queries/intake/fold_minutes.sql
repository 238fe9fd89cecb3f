-- Minutes before an hour's begin become hours.
insert into intake_counts (workspace_id, at, span_ms, site_id, door, outcome, count)
select workspace_id, (at / $2) * $2, $2, site_id, door, outcome, cast(sum(count) as bigint)
from intake_counts
where span_ms = $1 and at < $3
group by workspace_id, (at / $2) * $2, site_id, door, outcome
on conflict (workspace_id, at, span_ms, site_id, door, outcome)
do update set count = intake_counts.count + excluded.count
