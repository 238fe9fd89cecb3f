-- One of somebody's own views of a screen is their default, and one of everybody's is everybody's.
update saved_views
set is_default = 0, version = version + 1
where workspace_id = $1 and screen = $2 and is_shared = $3 and (is_shared = 1 or author_id = $4)
    and is_default = 1 and id <> $5 and archived_at is null
