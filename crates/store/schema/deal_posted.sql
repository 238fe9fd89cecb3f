CREATE TABLE deal_posted (
    workspace_id integer not null,
    deal_id integer not null,
    deals integer not null,
    sales integer not null,
    customers integer not null,
    revenue_micros integer not null,
    vat_micros integer not null,
    refunds_micros integer not null,
    cost_of_goods_micros integer not null,
    postings integer not null,
    book text not null,
    primary key (workspace_id, deal_id),
    foreign key (workspace_id, deal_id) references deals (workspace_id, id)
) strict;
