select m.user_id
from memberships as m
where m.workspace_id = $1
    and (
        exists (
            select 1 from second_factors as f
            where f.user_id = m.user_id and f.confirmed_at is not null
        )
        or exists (select 1 from passkeys as p where p.user_id = m.user_id)
    )
order by m.user_id
