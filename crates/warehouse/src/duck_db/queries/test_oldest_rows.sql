-- A shop as the first schema held it: a click and two pages of visitor 77, one of them of a
-- machine that walks at the same place; a lead that was sold; what the ads cost.
insert into journal_position values ('a', 3, 4096);

insert into traffic values
    (1, 5, 'google', 'cpc', 'spring', '', '', '', 'gclid', '', 'paid_search'),
    (1, 6, '', '', '', '', '', '', '', '', 'direct');

insert into labels values
    (1, 5, 1, 11, 'google', 'spring', '', '', '', 1),
    (1, 6, null, null, '', '', '', '', '', 1);

insert into channels values
    (1, 1, null, 1, 'Ads', 1, 1),
    (1, 11, 1, 1, 'Search', 1, 2);

insert into hits values
    (
        1, (1000 << 16) + 513, 9, 'click', 1000, 1005, 1, null, 3, 77, 9, 1000, 5, '', '', '',
        '', '', 'phone', 'Chrome', 'iOS', 'PL', '', 0, 0, null, '', '[["gclid","abc"]]'
    ),
    (
        1, (2000 << 16) + 514, 9, 'page_view', 2000, 2000, 2, 2, null, 77, 9, 1000, 5,
        'shop.example', '/', '', '', '', 'phone', 'Chrome', 'iOS', 'PL', '', 0, 0, null, '', ''
    ),
    (
        1, (1000 << 16) + 515, 8, 'page_view', 1000, 1000, 1, 2, null, 77, 8, 1000, 5,
        'shop.example', '/', '', '', '', 'phone', 'Bot', '', 'PL', 'user_agent', 0, 0, null, '', ''
    ),
    (
        1, 7, 70, 'revenue', 3000, 3400, 3, 2, null, 77, 9, 1000, 5, 'shop.example', '/', '',
        'order', '', 'phone', 'Chrome', 'iOS', 'PL', '', 4000, 60, 90000000, 'EUR', ''
    );

insert into repeatable_hits values (7, 70);

insert into visits values
    (
        1, 9, 77, 1000, 1005, 5, null, 3, '', '', 'phone', 'Chrome', 'iOS', 'PL', '', 1, 1, 1
    ),
    (
        1, 9, 77, 1000, 3400, 5, null, 3, '', '', 'phone', 'Chrome', 'iOS', 'PL', '', 0, -1, 0
    ),
    (
        1, 8, 77, 1000, 1000, 5, 2, null, 'shop.example', '/', 'phone', 'Bot', '', 'PL',
        'user_agent', 1, 1, 1
    );

-- The second touch has no hit any more.
insert into touches values
    (1, 77, 1000, 1, 5, 0),
    (1, 77, 500, 1, 6, 1);

insert into outcomes values
    (
        1, 20, 1, 'lead', 4000, 4100, 4000, 31, null, 77, 9, 6, 1, 1, 0, 0, 0, 0, 0, 0, 0
    ),
    (
        1, 20, 2, 'payment', 5000, 5000, 4000, 31, 41, 77, 9, 6, 0, 0, 1, 1, 1, 100000000,
        20000000, 0, 30000000
    );

insert into credits
select 1, 20, o.id_lo, m.model, m.traffic, m.touch_at_ms, 1000000
from outcomes as o
cross join (
    values ('first', 6, 500), ('last', 5, 1000), ('last_non_direct', 5, 1000)
) as m (model, traffic, touch_at_ms);

insert into costs values
    (
        1, 40, 1, 0, 6000, 1, 'google_ads', 5, null, 100, 4, 25000000, 5000000, 25000000, 'EUR'
    );

insert into hits_hourly values
    (1, 0, 5, 'phone', 'PL', null, 0, 3, 1, 1, 1, 0, 4000, 1, 0);
