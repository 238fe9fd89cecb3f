-- Leads and deals that may still be linked to a visit are looked for every few seconds.
create index leads_waiting on leads (workspace_id, at, id)
where visitor_id is null and archived_at is null
    and (visit_id is not null or fields like '%"click_id"%');
create index deals_waiting on deals (workspace_id, created_at, id)
where visitor_id is null and archived_at is null and lead_id is null and visit_id is not null;
