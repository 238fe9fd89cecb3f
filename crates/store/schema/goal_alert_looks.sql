CREATE TABLE goal_alert_looks (
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

CREATE INDEX goal_alert_looks_by_alert on goal_alert_looks (workspace_id, alert_id, id);
