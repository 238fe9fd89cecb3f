select source, level, external_id, name, first_day, last_day, matched_by, import_id
from (
    select source, level, external_id, name, last_day, matched_by, import_id,
        min(first_day) over (partition by source, level, external_id, name) as first_day,
        row_number() over (
            partition by source, level, external_id, name
            order by last_day desc, coalesce(import_id, 0) desc
        ) as place
    from ad_name_sightings
    where workspace_id = $1 and recorded_at <= $2 and (undone_at is null or undone_at > $2)
) as seen
where place = 1
order by source, level, external_id, last_day, coalesce(import_id, 0), name
