select id, external_id, deal_id, at, recorded_at, amount_micros, currency, kind, import_id,
    archived_at, version
from payments
where workspace_id = $1 and archived_at is null and (at, id) < ($2, $3)
order by at desc, id desc
limit $4
