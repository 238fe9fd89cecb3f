-- A click's id is its time, its mark and its visit.
with wanted as (
    select
        cast(split_part(stamp, ':', 1) as bigint) as at_ms,
        cast(split_part(stamp, ':', 2) as ubigint) as id_lo,
        cast(split_part(stamp, ':', 3) as ubigint) as visit
    from (select unnest(string_split($2, ',')) as stamp)
)
select visit, visitor, at_ms - visit_age_ms, traffic, at_ms, id_lo
from hits
semi join wanted using (at_ms, visit, id_lo)
where workspace = $1 and id_hi = 0
order by at_ms, seq
