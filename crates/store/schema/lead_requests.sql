CREATE TABLE lead_requests (
    id integer primary key autoincrement,
    workspace_id integer not null references workspaces (id),
    door text not null,
    body blob not null,
    headers text not null,
    received_at integer not null,
    state text not null check (state in ('received', 'done', 'failed')),
    lead_id integer,
    error text
, request_key text) strict;

CREATE INDEX lead_requests_judged on lead_requests (received_at, id) where state <> 'received';

CREATE INDEX lead_requests_open on lead_requests (id) where state = 'received';
