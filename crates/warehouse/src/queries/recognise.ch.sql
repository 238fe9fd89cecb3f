-- A hit that got its id here has nothing in the first half: mark, time and visit make it, and the
-- time alone once it is under a pseudonym.
with wanted as (
    select
        splitByChar(':', mark)[1] as kind,
        toInt64(splitByChar(':', mark)[2]) as workspace,
        toInt64(splitByChar(':', mark)[3]) as at_ms,
        toUInt64(splitByChar(':', mark)[4]) as id_hi,
        toUInt64(splitByChar(':', mark)[5]) as id_lo,
        toUInt64(splitByChar(':', mark)[6]) as visit
    from (select arrayJoin(splitByChar(',', $1)) as mark)
)
select sum(found)
from (
    select count(distinct workspace, at_ms, id_hi, own_lo, own_visit) as found
    from (
        select
            workspace, at_ms, id_hi,
            if(id_hi = 0 and $2 = 0, toUInt64(0), id_lo) as own_lo,
            if(id_hi = 0 and $2 = 1, visit, toUInt64(0)) as own_visit
        from hits
        where at_ms in (select at_ms from wanted where kind = 'hit')
    )
    where (workspace, at_ms, id_hi, own_lo, own_visit) in (
        select workspace, at_ms, id_hi, id_lo, visit from wanted where kind = 'hit'
    )
    union all
    select count(distinct workspace, id_hi, id_lo)
    from outcomes
    where (workspace, id_hi, id_lo) in (
        select workspace, id_hi, id_lo from wanted where kind = 'outcome'
    )
    union all
    select count(distinct workspace, id_hi, id_lo)
    from costs
    where (workspace, id_hi, id_lo) in (
        select workspace, id_hi, id_lo from wanted where kind = 'cost'
    )
    union all
    select count(distinct workspace, id_hi, id_lo)
    from lead_states
    where (workspace, id_hi, id_lo) in (
        select workspace, id_hi, id_lo from wanted where kind = 'state'
    )
)
