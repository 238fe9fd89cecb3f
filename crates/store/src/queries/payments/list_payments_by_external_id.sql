select id, external_id, deal_id, at, recorded_at, amount_micros, currency, kind, import_id,
    archived_at, version
from payments
where workspace_id = $1 and external_id in (select value from json_each($2))
    and archived_at is null
order by id
