-- A page view is reported on again and again, each time with the deepest scroll so far. A page of
-- a visit is its first report, with the deepest of all. What a question does not read of it is not
-- computed: this is far cheaper than to number the reports of every page.
select
    h.workspace as workspace,
    h.visit as visit,
    h.page_host as page_host,
    h.page_path as page_path,
    max(h.scroll_percent) as deepest,
    min(h.at_ms) as at_ms,
    argMin(h.delay_ms, h.at_ms * 1000000 + h.seq % 1000000) as delay_ms,
    argMin(h.seq, h.at_ms * 1000000 + h.seq % 1000000) as seq,
    argMin(h.id_hi, h.at_ms * 1000000 + h.seq % 1000000) as id_hi,
    argMin(h.id_lo, h.at_ms * 1000000 + h.seq % 1000000) as id_lo,
    argMin(h.kind, h.at_ms * 1000000 + h.seq % 1000000) as kind,
    -- Only values are compared: a hit of no site keeps that.
    nullif(argMin(coalesce(h.site, -1), h.at_ms * 1000000 + h.seq % 1000000), -1) as site,
    nullif(argMin(coalesce(h.link, -1), h.at_ms * 1000000 + h.seq % 1000000), -1) as link,
    argMin(h.visitor, h.at_ms * 1000000 + h.seq % 1000000) as visitor,
    argMin(h.traffic, h.at_ms * 1000000 + h.seq % 1000000) as traffic,
    argMin(h.name, h.at_ms * 1000000 + h.seq % 1000000) as name,
    coalesce(argMin(h.properties, h.at_ms * 1000000 + h.seq % 1000000), '') as properties,
    argMin(h.device, h.at_ms * 1000000 + h.seq % 1000000) as device,
    argMin(h.browser, h.at_ms * 1000000 + h.seq % 1000000) as browser,
    argMin(h.os, h.at_ms * 1000000 + h.seq % 1000000) as os,
    argMin(h.country, h.at_ms * 1000000 + h.seq % 1000000) as country,
    argMin(h.bot, h.at_ms * 1000000 + h.seq % 1000000) as bot
from hits as h
where h.workspace = :workspace
    and h.scroll_percent > 0
    and h.at_ms >= :from and h.at_ms < :until
    and h.at_ms + h.delay_ms <= :known_on
group by h.workspace, h.visit, h.page_host, h.page_path
