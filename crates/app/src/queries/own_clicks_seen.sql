with wanted as (
    select
        cast(split_part(id, ':', 1) as ubigint) as id_hi,
        cast(split_part(id, ':', 2) as ubigint) as id_lo
    from (select unnest(string_split($2, ',')) as id)
)
select visit, visitor, visit_at_ms, traffic, id_hi, id_lo
from hits
semi join wanted using (id_hi, id_lo)
where workspace = $1
order by at_ms, seq
