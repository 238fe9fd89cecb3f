delete from provider_links
where user_id = $1 and id = $2
