-- Sums of spans of one length. The workspace's own, and nobody's where the second is zero.
select (at / $7) * $7 as at, outcome, cast(sum(count) as bigint) as count
from intake_counts
where workspace_id in ($1, $2) and at >= $3 and at < $4
    and (site_id = $5 or $5 = -1) and (door = $6 or $6 = '') and span_ms <= $7
group by (at / $7) * $7, outcome
order by 1, 2
