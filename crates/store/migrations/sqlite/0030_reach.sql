-- Teams, who is responsible for a lead or deal, and what part of a workspace a member sees.

create table teams (
    id integer primary key autoincrement,
    workspace_id integer not null references workspaces (id),
    name text not null,
    leader_id integer references users (id),
    created_at integer not null,
    version integer not null,
    unique (workspace_id, id)
) strict;
create unique index teams__name on teams (workspace_id, name);

create table team_members (
    workspace_id integer not null,
    team_id integer not null,
    user_id integer not null,
    primary key (workspace_id, team_id, user_id),
    foreign key (workspace_id, team_id) references teams (workspace_id, id),
    foreign key (workspace_id, user_id) references memberships (workspace_id, user_id)
) strict;
create index team_members_by_user on team_members (workspace_id, user_id);

-- That of the role where nothing is said.
alter table memberships add column reach text check (reach in ('own', 'team', 'all'));
-- A list of channels; all of them where nothing is said.
alter table memberships add column channels text;

alter table leads add column assignee_id integer references users (id);
-- As the CRM names the person.
alter table leads add column responsible text not null default '';
alter table deals add column assignee_id integer references users (id);
alter table deals add column responsible text not null default '';
create index leads_by_assignee on leads (workspace_id, assignee_id, at, id)
where assignee_id is not null;
create index deals_by_assignee on deals (workspace_id, assignee_id, created_at, id)
where assignee_id is not null;

create table lead_assignments (
    id integer primary key autoincrement,
    workspace_id integer not null,
    lead_id integer not null,
    at integer not null,
    from_id integer references users (id),
    to_id integer references users (id),
    author_id integer references users (id),
    foreign key (workspace_id, lead_id) references leads (workspace_id, id)
) strict;
create index lead_assignments_by_lead on lead_assignments (workspace_id, lead_id, id);
