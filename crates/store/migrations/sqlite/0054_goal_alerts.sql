-- What is looked at after every day or week of a goal, and when it is told.
create table goal_alerts (
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
create index goal_alerts_by_turn on goal_alerts (is_on, planned_at, id);
create index goal_alerts_by_time on goal_alerts (workspace_id, created_at, id);

-- What was seen at each look.
create table goal_alert_looks (
    id integer primary key autoincrement,
    workspace_id integer not null,
    alert_id integer not null,
    looked_at integer not null,
    first_day integer not null,
    last_day integer not null,
    -- As the alert and its goal were then.
    goal text not null,
    measure text not null,
    condition text not null,
    bound_micros integer not null,
    -- In millionths; null where there is none.
    value_micros integer,
    before_micros integer,
    is_told integer not null check (is_told in (0, 1)),
    -- Members it was mailed to.
    recipients integer not null,
    foreign key (workspace_id, alert_id) references goal_alerts (workspace_id, id)
) strict;
create index goal_alert_looks_by_alert on goal_alert_looks (workspace_id, alert_id, id);

-- What a mail is about, by its purpose.
alter table mails add column about_id integer;
