delete from ceremonies
where browser_hash = $1
returning state, expires_at
