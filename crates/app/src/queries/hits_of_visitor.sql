select
    at_ms, kind, page_host, page_path, page_title, name, properties, device, browser, os, country,
    click_ids, engaged_ms, scroll_percent
from hits
where workspace = $1 and visitor = $2
order by at_ms, seq, id_hi, id_lo
