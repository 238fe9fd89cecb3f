-- What is said of a whole day stands at its start, before its moments. The place to go on from lies
-- on the day $4, which starts at $5.
select id, day, at, text, channel_id, campaign, author_id, created_at, archived_at, version
from annotations
where workspace_id = $1 and archived_at is null and day between $2 and $3
    and ($10 is null or channel_id is null
        or channel_id in (select value from json_each($10)))
    and (
        day > $4
        or (
            day = $4
            and (
                coalesce(at, $5), case when at is null then cast(0 as bigint) else 1 end, id
            ) > ($6, $7, $8)
        )
    )
order by day, at is not null, at, id
limit $9
