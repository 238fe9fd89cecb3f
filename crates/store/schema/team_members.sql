CREATE TABLE team_members (
    workspace_id integer not null,
    team_id integer not null,
    user_id integer not null,
    primary key (workspace_id, team_id, user_id),
    foreign key (workspace_id, team_id) references teams (workspace_id, id),
    foreign key (workspace_id, user_id) references memberships (workspace_id, user_id)
) strict;

CREATE INDEX team_members_by_user on team_members (workspace_id, user_id);
