insert into deal_posted (workspace_id, deal_id, deals, sales, customers, revenue_micros,
    vat_micros, refunds_micros, cost_of_goods_micros, postings, book)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
on conflict (workspace_id, deal_id) do update set
    deals = excluded.deals,
    sales = excluded.sales,
    customers = excluded.customers,
    revenue_micros = excluded.revenue_micros,
    vat_micros = excluded.vat_micros,
    refunds_micros = excluded.refunds_micros,
    cost_of_goods_micros = excluded.cost_of_goods_micros,
    postings = excluded.postings,
    book = excluded.book
