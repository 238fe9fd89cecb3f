select 'workspaces' as name, count(*) as rows from workspaces
union all
select 'users' as name, count(*) as rows from users
union all
select 'sites' as name, count(*) as rows from sites
union all
select 'links' as name, count(*) as rows from links
union all
select 'channels' as name, count(*) as rows from channels
union all
select 'imports' as name, count(*) as rows from imports
union all
select 'cost_rows' as name, count(*) as rows from cost_rows
union all
select 'manual_costs' as name, count(*) as rows from manual_costs
union all
select 'lead_requests' as name, count(*) as rows from lead_requests
union all
select 'leads' as name, count(*) as rows from leads
union all
select 'persons' as name, count(*) as rows from persons
union all
select 'deals' as name, count(*) as rows from deals
union all
select 'payments' as name, count(*) as rows from payments
union all
select 'exchange_rates' as name, count(*) as rows from exchange_rates
union all
select 'outbox' as name, count(*) as rows from outbox
