select lead, status
from (
    select lead, status, row_number() over (partition by lead order by version desc) as place
    from lead_states
    where workspace = :workspace and recorded_ms <= :known_on
) as states
where place = 1
