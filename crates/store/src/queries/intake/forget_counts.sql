delete from intake_counts
where span_ms = $1 and at < $2
