update report_schedules
set tells_webhooks = 0, failure = $3, version = version + 1
where workspace_id = $1 and id = $2
