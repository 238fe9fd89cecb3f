with wanted as (
    select unnest(string_split($2, chr(31))) as click_id
),
seen as (
    -- The column holds pairs such as [["gclid","abc"]]; the second of each pair is wanted.
    select
        visit, visitor, at_ms - visit_age_ms as visit_at_ms, traffic, at_ms, seq,
        unnest(regexp_extract_all(click_ids, '"([^"]*)"\]', 1)) as click_id
    from hits
    -- A single id is looked for in the text as it is, before anything is taken apart; for more of
    -- them $4 is empty, which every text contains.
    where workspace = $1 and at_ms >= $3 and click_ids <> '' and contains(click_ids, $4)
)
select visit, visitor, visit_at_ms, traffic, click_id
from seen
semi join wanted using (click_id)
order by at_ms, seq
