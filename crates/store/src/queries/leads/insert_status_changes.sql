insert into lead_status_history (workspace_id, lead_id, at, from_status, to_status, author_id,
    import_id)
values ($1, $2, $3, $4, $5, $6, $7)
