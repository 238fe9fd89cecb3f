delete from labels
where (workspace, traffic) in (select (workspace, traffic) from staged_labels)
