select id, name
from persons
where workspace_id = $1 and id in (select value from json_each($2)) and name <> ''
order by id
