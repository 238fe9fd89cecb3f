-- Scheduled reports that webhooks are told too.
alter table report_schedules add column tells_webhooks bigint not null default 0
    check (tells_webhooks in (0, 1));
-- Which turn they were told last, by when it was planned.
alter table report_schedules add column told_at bigint;
