-- How visitors came: the click ids that were kept, and visits with the kind of click id of their
-- traffic, whose value may not have been kept.
with wanted as (
    select toUInt64(arrayJoin(splitByChar(',', $2))) as visitor
)
select visitor, at_ms, click_ids, '' as kind
from hits
where workspace = $1 and click_ids <> '' and visitor in (select visitor from wanted)
union all
select v.visitor as visitor, v.at_ms as at_ms, '' as click_ids, t.click_id as kind
from visits as v
left join traffic as t on t.workspace = v.workspace and t.traffic = v.traffic
where v.workspace = $1 and v.opening = 1 and v.visitor in (select visitor from wanted)
