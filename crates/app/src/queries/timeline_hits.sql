select
    at_ms, seq, traffic, kind, page_host, page_path, page_title, name,
    revenue_micros, revenue_currency
from hits
where workspace = $1 and visitor = $2 and at_ms < $3 and kind <> 'engagement'
order by at_ms desc, seq desc
limit 1000
