insert into leases (name, holder, fence, beat, told)
values ($1, $2, 1, 1, 0)
on conflict (name) do update
set holder = excluded.holder, fence = leases.fence + 1, beat = leases.beat + 1
where leases.fence = $3 and leases.beat = $4
returning fence
