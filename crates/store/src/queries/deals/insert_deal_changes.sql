insert into deal_history (workspace_id, deal_id, at, recorded_at, field, old_value, new_value,
    author_id, import_id)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
