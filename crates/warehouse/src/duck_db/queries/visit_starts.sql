-- The bounds say what the join implies, so that all older blocks are left unread.
select visit, traffic, site, link, page_host, page_path, device, browser, os, country, bot
from visits
semi join staged_visits using (workspace, visit, at_ms)
where opening = 1 and at_ms between $1 and $2
