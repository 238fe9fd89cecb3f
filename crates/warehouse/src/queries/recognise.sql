-- A hit that got its id here has nothing in the first half: mark, time and visit make it, and the
-- time alone once it is under a pseudonym.
with wanted as (
    select
        split_part(mark, ':', 1) as kind,
        cast(split_part(mark, ':', 2) as bigint) as workspace,
        cast(split_part(mark, ':', 3) as bigint) as at_ms,
        cast(split_part(mark, ':', 4) as ubigint) as id_hi,
        cast(split_part(mark, ':', 5) as ubigint) as id_lo,
        cast(split_part(mark, ':', 6) as ubigint) as visit
    from (select unnest(string_split($1, ',')) as mark)
),
seen as (
    select
        workspace, at_ms, id_hi,
        case when id_hi = 0 and $2 = 0 then 0 else id_lo end as id_lo,
        case when id_hi = 0 and $2 = 1 then visit else 0 end as visit
    from hits
    where at_ms in (select at_ms from wanted where kind = 'hit')
)
select sum(found)
from (
    select count(*) as found
    from (select * from wanted where kind = 'hit') semi join seen
        using (workspace, at_ms, id_hi, id_lo, visit)
    union all
    select count(*)
    from (select * from wanted where kind = 'outcome') semi join outcomes
        using (workspace, id_hi, id_lo)
    union all
    select count(*)
    from (select * from wanted where kind = 'cost') semi join costs using (workspace, id_hi, id_lo)
    union all
    select count(*)
    from (select * from wanted where kind = 'state') semi join lead_states
        using (workspace, id_hi, id_lo)
)
