-- The bounds say what the list implies, so that all older blocks are left unread.
select visit, traffic, site, link, page_host, page_path, device, browser, os, country, bot
from visits
where opening = 1 and at_ms between $1 and $2
    and visit in (select c1 from staged_visits)
    and (workspace, visit, at_ms) in (select c0, c1, c2 from staged_visits)
