update second_factors
set confirmed_at = $2
where user_id = $1
