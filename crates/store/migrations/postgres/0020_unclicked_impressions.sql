-- Impressions for which a platform tells no clicks. What is older was taken for told.
alter table cost_rows add column unclicked_impressions bigint not null default 0;
