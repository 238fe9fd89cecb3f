-- From the first to the last thing that is known of each visit.
select
    h.visit as visit,
    max(h.at_ms) - min(h.at_ms) as lasted_ms
from hits as h
where h.workspace = :workspace
    and h.at_ms >= :from and h.at_ms < :until
    and h.at_ms + h.delay_ms <= :known_on
group by h.visit
