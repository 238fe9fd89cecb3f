-- Visitors who still are somebody in what was recorded until a moment: real ids are random numbers
-- of eight bytes and pseudonyms of six; a small real one has pages or a browser.
select distinct visitor
from hits
where workspace = $1 and at_ms + delay_ms <= $2
    and (visitor > 281474976710655 or page_path <> '' or browser <> '')
union
select distinct visitor
from touches
where workspace = $1 and at_ms + delay_ms <= $2 and visitor > 281474976710655
union
select distinct visitor
from outcomes
where workspace = $1 and recorded_ms <= $2 and visitor > 281474976710655
