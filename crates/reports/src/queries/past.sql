select
    h.workspace as workspace, h.day as day, h.recorded_ms as recorded_ms, h.site as site,
    h.tool as tool, h.traffic as traffic, h.value as value, h.visitors as visitors,
    h.visits as visits, h.page_views as page_views, h.bounces as bounces,
    h.lasted_ms as lasted_ms, h.events as events
from (
    select * from history
    where workspace = :workspace
        and :split
        and day between :first and :last
        and recorded_ms <= :known_on
) as h
join (
    select site as newest_site, day as newest_day, split as newest_split, max(import) as newest
    from history
    where workspace = :workspace
        and :split
        and day between :first and :last
        and recorded_ms <= :known_on
    group by site, day, split
) as n
    on n.newest_site = h.site and n.newest_day = h.day and n.newest_split = h.split
    and n.newest = h.import
left join (
    select distinct site as own_site, :own_day as own_day
    from visits
    where workspace = :workspace
        and opening = 1
        and bot = ''
        and site is not null
        and at_ms >= :from and at_ms < :until
        and at_ms + delay_ms <= :known_on
) as o on o.own_site = h.site and o.own_day = h.day
where o.own_day is null
