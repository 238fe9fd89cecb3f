-- From the beginning to the last thing that is known of each visit that has more than a beginning.
select
    h.visit as visit,
    max(h.visit_age_ms) as lasted_ms
from hits as h
where h.workspace = :workspace
    and h.visit_age_ms > 0
    and h.at_ms >= :from and h.at_ms < :until
    and h.at_ms + h.delay_ms <= :known_on
group by h.visit
