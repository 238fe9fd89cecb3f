-- When a touch became known, so that a question about a past day credits what was known then.
create table known_touches (
    workspace bigint not null,
    visitor ubigint not null,
    at_ms bigint not null,
    seq bigint not null,
    traffic ubigint not null,
    direct bigint not null,
    -- From at_ms until the touch was recorded; mostly zero.
    delay_ms bigint not null
);

insert into known_touches
select
    t.workspace, t.visitor, t.at_ms, t.seq, t.traffic, t.direct, coalesce(h.delay_ms, 0)
from touches as t
left join (
    select workspace, visitor, at_ms, seq, min(delay_ms) as delay_ms
    from hits
    where bot = ''
    group by workspace, visitor, at_ms, seq
) as h using (workspace, visitor, at_ms, seq);

drop table touches;

alter table known_touches rename to touches;
