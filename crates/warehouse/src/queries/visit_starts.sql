select visit, traffic, site, link, page_host, page_path, device, browser, os, country, bot
from visits
semi join staged_visits using (workspace, visit, at_ms)
where opening = 1
