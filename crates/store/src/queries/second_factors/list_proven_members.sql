select f.user_id
from second_factors as f
join memberships as m on m.user_id = f.user_id
where m.workspace_id = $1 and f.confirmed_at is not null
order by f.user_id
