-- The terms of VAT that a cost was booked at; later terms of the workspace leave it.
alter table manual_costs add column vat_mode text collate "C" not null default 'net'
    check (vat_mode in ('net', 'gross'));
alter table manual_costs add column vat_rate_bp bigint not null default 0;
update manual_costs
set vat_mode = (select vat_mode from workspaces where workspaces.id = manual_costs.workspace_id),
    vat_rate_bp = (select vat_rate_bp from workspaces where workspaces.id = manual_costs.workspace_id);
