insert into last_ids (name, last_id)
values ($1, $2)
on conflict (name) do update set last_id = excluded.last_id
