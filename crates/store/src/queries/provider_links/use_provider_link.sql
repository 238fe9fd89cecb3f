update provider_links
set last_used_at = $2
where id = $1
