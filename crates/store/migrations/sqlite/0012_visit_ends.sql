-- What ends a visit beside a pause: a landing from another campaign, a new day of the workspace.
alter table sites add column on_campaign_change text not null default 'same_visit'
    check (on_campaign_change in ('same_visit', 'new_visit'));
alter table sites add column at_midnight text not null default 'same_visit'
    check (at_midnight in ('same_visit', 'new_visit'));
