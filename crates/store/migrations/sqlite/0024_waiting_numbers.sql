-- A visit number that no visit has yet is no link: leads and deals say that they wait for it, and
-- are found by that until it is decided, however long ago they came.
update leads set link_method = 'waiting' where visit_id is not null and visitor_id is null;
update deals set link_method = 'waiting' where visit_id is not null and visitor_id is null;
drop index leads_waiting;
drop index deals_waiting;
create index leads_waiting on leads (workspace_id, at, id)
where link_method = 'waiting' and archived_at is null;
create index leads_clicked on leads (workspace_id, at, id)
where visitor_id is null and archived_at is null and fields like '%"click_id"%';
create index deals_waiting on deals (workspace_id, created_at, id)
where link_method = 'waiting' and archived_at is null and lead_id is null;
