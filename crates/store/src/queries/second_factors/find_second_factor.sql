select user_id, created_at, confirmed_at, last_step
from second_factors
where user_id = $1
