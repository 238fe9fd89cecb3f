update api_keys
set last_used_at = $2
where key_hash = $1 and (last_used_at is null or last_used_at < $2)
