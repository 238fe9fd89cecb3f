select deal_id, deals, sales, customers, revenue_micros, vat_micros, refunds_micros,
    cost_of_goods_micros, postings, book
from deal_posted
where workspace_id = $1 and deal_id in (select value from json_each($2))
