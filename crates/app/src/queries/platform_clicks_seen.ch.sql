-- A single click id is looked for in the text first: taking each apart costs much more.
with seen as (
    -- The column holds pairs such as [["gclid","abc"]]; the second of each pair is wanted.
    select
        visit, visitor, at_ms - visit_age_ms as visit_at_ms, traffic, at_ms, seq,
        arrayJoin(extractAll(click_ids, '"([^"]*)"\\]')) as click_id
    from hits
    where workspace = $1 and at_ms >= $3 and click_ids <> ''
        and ($4 = '' or position(click_ids, $4) > 0)
)
select visit, visitor, visit_at_ms, traffic, click_id
from seen
where click_id in (select arrayJoin(splitByChar('\x1f', $2)))
order by at_ms, seq
