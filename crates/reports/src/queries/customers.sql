-- Every outcome with its customer. The customer's acquisition is the row in place 1; a customer
-- whose first order was taken back altogether (net of 0) was never acquired.
select
    f.*,
    :customer_key as customer,
    row_number() over (
        partition by :customer_key
        order by case when f.customers > 0 then 0 else 1 end, f.at_ms, f.id_hi, f.id_lo
    ) as place,
    sum(f.customers) over (partition by :customer_key) as net
from outcomes as f
where f.workspace = :workspace and f.recorded_ms <= :known_on
