select
    (select count(*) from hits),
    (select count(*) from visits where opening = 1),
    (select count(*) from outcomes),
    (select count(*) from costs),
    (select count(*) from traffic),
    (select count(*) from hits_daily)
