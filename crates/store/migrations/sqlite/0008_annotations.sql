-- What people say about a day of a chart.

create table annotations (
    id integer primary key autoincrement,
    workspace_id integer not null references workspaces (id),
    day integer not null,
    at integer,
    text text not null,
    channel_id integer,
    campaign text not null,
    author_id integer references users (id),
    created_at integer not null,
    archived_at integer,
    version integer not null,
    foreign key (workspace_id, channel_id) references channels (workspace_id, id)
) strict;
create index annotations_by_day on annotations (workspace_id, day, id);
