insert into intake_runs (run, node, began_at, sequence, written_at)
values ($1, $2, $3, 0, $4)
on conflict (run) do nothing
