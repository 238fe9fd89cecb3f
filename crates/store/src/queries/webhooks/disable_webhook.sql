update webhooks
set disabled_at = $2, disabled_for = $3, version = version + 1
where id = $1 and disabled_at is null
