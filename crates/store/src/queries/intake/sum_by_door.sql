select workspace_id, site_id, door, outcome, cast(sum(count) as bigint) as count
from intake_counts
where workspace_id in ($1, $2) and at >= $3 and at < $4
    and (site_id = $5 or $5 = -1) and (door = $6 or $6 = '') and span_ms <= $7
group by workspace_id, site_id, door, outcome
order by workspace_id, site_id, door, outcome
