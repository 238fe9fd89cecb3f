-- A click's id is its time, its mark and its visit. The list of times alone says which blocks to read.
with wanted as (
    select
        toInt64(splitByChar(':', stamp)[1]) as at_ms,
        toUInt64(splitByChar(':', stamp)[2]) as id_lo,
        toUInt64(splitByChar(':', stamp)[3]) as visit
    from (select arrayJoin(splitByChar(',', $2)) as stamp)
)
select visit, visitor, at_ms - visit_age_ms, traffic, at_ms, id_lo
from hits
where workspace = $1 and id_hi = 0
    and at_ms in (select at_ms from wanted)
    and (at_ms, visit, id_lo) in (select at_ms, visit, id_lo from wanted)
order by at_ms, seq
