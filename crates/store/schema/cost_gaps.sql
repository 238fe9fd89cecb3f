CREATE TABLE cost_gaps (
    workspace_id integer not null,
    declaration_id integer not null,
    day integer not null,
    traffic_key integer not null,
    original_currency text not null,
    primary key (workspace_id, declaration_id, day, traffic_key, original_currency),
    foreign key (workspace_id, declaration_id) references cost_declarations (workspace_id, id)
) strict;
