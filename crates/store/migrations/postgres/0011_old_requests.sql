-- Requests of leads that were judged are removed after a while, oldest first.
create index lead_requests_judged on lead_requests (received_at, id) where state <> 'received';
create index leads_by_request on leads (request_id) where request_id is not null;
