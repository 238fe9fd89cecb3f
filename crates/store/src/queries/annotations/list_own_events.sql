-- What the program itself did to the numbers: files taken in and taken back, channels named anew.
-- The first set of rules comes with the workspace and explains nothing. At one moment people's
-- words, of rank 0 and 1, come first.
select kind, text, at, rank, id
from (
    select 'import' as kind, file_name as text, created_at as at, cast(2 as bigint) as rank, id
    from imports
    where workspace_id = $1 and state = 'done' and kind <> 'manual'
    union all
    select 'undo' as kind, file_name as text, undone_at as at, cast(3 as bigint) as rank, id
    from imports
    where workspace_id = $1 and state = 'undone' and kind <> 'manual'
    union all
    select 'rules' as kind, note as text, created_at as at, cast(4 as bigint) as rank, version as id
    from channel_rule_versions
    where workspace_id = $1 and version > 1
) as events
where at <= $2 and (at, rank, id) > ($3, $4, $5)
order by at, rank, id
limit $6
