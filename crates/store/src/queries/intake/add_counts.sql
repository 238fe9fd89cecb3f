insert into intake_counts (workspace_id, at, span_ms, site_id, door, outcome, count)
values ($1, $2, $3, $4, $5, $6, $7)
on conflict (workspace_id, at, span_ms, site_id, door, outcome)
do update set count = intake_counts.count + excluded.count
