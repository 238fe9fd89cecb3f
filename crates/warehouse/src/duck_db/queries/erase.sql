update hits as t
set
    -- The mark of a stamped hit was made of the visitor or of the browser.
    id_lo = case when t.id_hi = 0 and t.id_lo < 65536 then e.pseudonym & 127 else t.id_lo end,
    visitor = e.pseudonym,
    -- None stays none.
    visit = case when t.visit = 0 then 0 else xor(t.visit, e.visits) & 281474976710655 end,
    page_path = '',
    page_title = '',
    name = case when t.kind in ('outbound', 'download') then '' else t.name end,
    properties = '',
    device = '',
    browser = '',
    os = '',
    country = '',
    click_ids = ''
from erasing as e
where t.workspace = e.workspace and t.visitor = e.visitor
    and t.at_ms + t.delay_ms <= e.until_ms;

update visits as t
set
    visitor = e.pseudonym,
    -- None stays none.
    visit = case when t.visit = 0 then 0 else xor(t.visit, e.visits) & 281474976710655 end,
    page_path = '',
    device = '',
    browser = '',
    os = '',
    country = ''
from erasing as e
where t.workspace = e.workspace and t.visitor = e.visitor
    and t.at_ms + t.delay_ms <= e.until_ms;

update touches as t
set
    visitor = e.pseudonym
from erasing as e
where t.workspace = e.workspace and t.visitor = e.visitor
    and t.at_ms + t.delay_ms <= e.until_ms;

update outcomes as t
set
    visitor = e.pseudonym,
    -- None stays none.
    visit = case when t.visit = 0 then 0 else xor(t.visit, e.visits) & 281474976710655 end
from erasing as e
where t.workspace = e.workspace and t.visitor = e.visitor
    and t.recorded_ms <= e.until_ms;

update credited as t
set
    visitor = e.pseudonym,
    -- None stays none.
    visit = case when t.visit = 0 then 0 else xor(t.visit, e.visits) & 281474976710655 end
from erasing as e
where t.workspace = e.workspace and t.visitor = e.visitor
    and t.recorded_ms <= e.until_ms;

delete from erasing;
