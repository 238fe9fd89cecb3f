-- Whether a request's work is committed, told in the same transaction, and the id of what it made.
alter table idempotency_keys add column worked bigint not null default 0;
alter table idempotency_keys add column made bigint;

-- The key under which a lead was sent: whoever judges the request marks the key.
alter table lead_requests add column request_key text collate "C";
