insert into hits_daily
select
    workspace, day, traffic, bot, clicks, page_views, events, form_submits, engaged_ms, visits,
    bounces
from staged_daily
where batch = :batch and :allowed
