select :names:sums
from (
    select
        :member_namesc.customer, c.acquired_ms, c.share_micros,
        :profits
    from (
        select :keysf.customer as customer, f.at_ms as acquired_ms, k.share_micros as share_micros
        from :from
        where :conditions
    ) as c
    join customers as p on p.customer = c.customer
    group by :member_namesc.customer, c.acquired_ms, c.share_micros
) as members
:group
