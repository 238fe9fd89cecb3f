-- What the program itself did to the numbers: files taken in and taken back, channels named anew.
-- The first set of rules comes with the workspace and explains nothing.
select 'import' as kind, file_name as text, created_at as at
from imports
where workspace_id = $1 and state = 'done' and kind <> 'manual' and created_at between $2 and $3
union all
select 'undo' as kind, file_name as text, undone_at as at
from imports
where workspace_id = $1 and state = 'undone' and kind <> 'manual'
    and undone_at between $2 and $3
union all
select 'rules' as kind, note as text, created_at as at
from channel_rule_versions
where workspace_id = $1 and version > 1 and created_at between $2 and $3
order by at, kind, text
limit $4
