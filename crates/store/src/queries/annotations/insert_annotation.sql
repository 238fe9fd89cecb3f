insert into annotations (workspace_id, created_at, author_id, day, at, text, channel_id, campaign,
    version)
values ($1, $2, $3, $4, $5, $6, $7, $8, 1)
returning id
