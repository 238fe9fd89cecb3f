-- Fifty thousand hits of one day, those of a visitor far apart.
insert into hits
select
    1, hash(cast(:day as bigint) * 50000 + i), cast(:day as bigint) * 50000 + i, 'page_view', cast(:day as bigint) * 86400000 + i * 1700, 0, 0, 1,
    null, hash(cast(:day as bigint) * 10000 + i % 10000), hash(i % 10000), cast(:day as bigint) * 86400000, hash(i % 300),
    'shop.example', '/catalogue/' || (i % 300), '', '', '', 'phone', 'Chrome', 'iOS', 'PL', '',
    0, 0, null, '', '', null
from range(50000) as numbers(i);
