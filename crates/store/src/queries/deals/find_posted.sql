select deals, sales, customers, revenue_micros, vat_micros, refunds_micros, cost_of_goods_micros,
    postings
from deal_posted
where workspace_id = $1 and deal_id = $2
