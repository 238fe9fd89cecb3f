delete from labels
where (workspace, traffic) in (select (workspace, visitor) from staged_visitors)
