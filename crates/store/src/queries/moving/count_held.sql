select (select count(*) from workspaces) + (select count(*) from users)
    + (select count(*) from meta) + (select count(*) from outbox)
