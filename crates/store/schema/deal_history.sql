CREATE TABLE deal_history (
    id integer primary key autoincrement,
    workspace_id integer not null,
    deal_id integer not null,
    at integer not null,
    recorded_at integer not null,
    field text not null,
    old_value text,
    new_value text,
    author_id integer references users (id),
    import_id integer,
    foreign key (workspace_id, deal_id) references deals (workspace_id, id),
    foreign key (workspace_id, import_id) references imports (workspace_id, id)
) strict;

CREATE INDEX deal_history_by_deal on deal_history (workspace_id, deal_id, at, id);
