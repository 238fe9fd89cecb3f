CREATE TABLE goal_alerts (
    id integer primary key autoincrement,
    workspace_id integer not null,
    goal_id integer not null,
    measure text not null check (measure in ('visitors', 'count', 'conversion')),
    every text not null check (every in ('day', 'week')),
    condition text not null check (condition in ('below', 'above', 'change')),
    -- In millionths: of visitors or times, or of a percent.
    bound_micros integer not null,
    -- After midnight, in the workspace's zone.
    at_minute integer not null,
    -- Members, a list in JSON.
    recipients text not null,
    is_on integer not null check (is_on in (0, 1)),
    tells_webhooks integer not null check (tells_webhooks in (0, 1)),
    -- When the next look is.
    planned_at integer not null,
    created_at integer not null,
    archived_at integer,
    version integer not null,
    unique (workspace_id, id),
    foreign key (workspace_id, goal_id) references goals (workspace_id, id)
) strict;

CREATE INDEX goal_alerts_by_time on goal_alerts (workspace_id, created_at, id);

CREATE INDEX goal_alerts_by_turn on goal_alerts (is_on, planned_at, id);
