insert into second_factors (user_id, created_at, confirmed_at, last_step)
values ($1, $2, null, 0)
on conflict (user_id) do update
set created_at = excluded.created_at, confirmed_at = null, last_step = 0
