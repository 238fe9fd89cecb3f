-- Impressions for which a platform tells no clicks. What is older was taken for told.
alter table cost_rows add column unclicked_impressions integer not null default 0;
