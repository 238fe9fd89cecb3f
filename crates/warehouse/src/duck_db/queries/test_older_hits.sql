-- A click, whose id is made of its time, mark and visit, and an event with an id of its own.
insert into hits values
    (
        1, (1000 << 16) + 513, 9, 'click', 1000, 1005, 0, null, 3, 77, 9, 1000, 5, '', '', '',
        '', '', 'phone', 'Chrome', 'iOS', 'PL', '', 0, 0, null, '', '[["gclid","abc"]]'
    ),
    (
        1, 7, 8, 'event', 4000, 4000, 1, 2, null, 77, 9, 1000, 5, 'shop.example', '/', '',
        'buy', '', 'phone', 'Chrome', 'iOS', 'PL', '', 0, 0, null, '', ''
    );

insert into visits values
    (
        1, 9, 77, 1000, 1005, 5, null, 3, '', '', 'phone', 'Chrome', 'iOS', 'PL', '', 1, 1, 1
    );
