delete from secrets
where owner = 'api_keys'
    and owner_id in (select id from api_keys where revoked_at is not null or expires_at <= $1)
