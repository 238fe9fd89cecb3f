-- What is planned anew is begun anew; a turn that stays goes on where it is.
update report_schedules
set every = $4, on_day = $5, at_minute = $6, recipients = $7, is_on = $8, planned_at = $9,
    tells_webhooks = $10,
    due_at = case when planned_at = $9 then due_at else $9 end,
    attempts = case when planned_at = $9 then attempts else 0 end,
    sent_to = case when planned_at = $9 then sent_to else '[]' end,
    failure = case when planned_at = $9 then failure else '' end,
    version = version + 1
where workspace_id = $1 and id = $2 and version = $3 and archived_at is null
returning version
