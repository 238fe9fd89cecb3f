CREATE TABLE cost_rows (
    id integer primary key autoincrement,
    workspace_id integer not null,
    declaration_id integer not null,
    day integer not null,
    source text not null,
    medium text not null,
    campaign text not null,
    ad_group text not null,
    ad text not null,
    keyword text not null,
    click_id text,
    referrer text not null,
    default_channel text not null,
    traffic_key integer not null,
    channel_id integer,
    impressions integer not null,
    clicks integer not null,
    cost_micros integer not null,
    vat_micros integer not null,
    original_micros integer not null,
    original_currency text not null, unclicked_impressions integer not null default 0, conversions_micros integer not null default 0, conversion_value_micros integer not null default 0,
    foreign key (workspace_id, declaration_id) references cost_declarations (workspace_id, id)
) strict;

CREATE INDEX cost_rows_by_day on cost_rows (workspace_id, day, id);

CREATE INDEX cost_rows_by_declaration on cost_rows (workspace_id, declaration_id, day, id);
