-- A click through a link needs no tracker on the site's pages.
select
    min(at_ms) as first_event_at,
    max(at_ms) as last_event_at,
    count(*) filter (where at_ms >= $3) as events_24h
from hits
where workspace = $1 and site = $2 and kind <> 'click'
