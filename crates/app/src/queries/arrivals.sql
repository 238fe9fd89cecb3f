-- How visitors came: the click ids that were kept, and visits with the kind of click id of their
-- traffic, whose value may not have been kept.
with wanted as (
    select cast(unnest(string_split($2, ',')) as ubigint) as visitor
)
select visitor, at_ms, click_ids, '' as kind
from hits
semi join wanted using (visitor)
where workspace = $1 and click_ids <> ''
union all
select v.visitor, v.at_ms, '' as click_ids, coalesce(t.click_id, '') as kind
from visits as v
semi join wanted using (visitor)
left join traffic as t on t.workspace = v.workspace and t.traffic = v.traffic
where v.workspace = $1 and v.opening = 1
