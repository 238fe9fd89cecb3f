alter table :table delete
where batch < :batch
    and (workspace, visitor) in (select workspace, visitor from erasing where batch = :batch)
    and :recorded_ms <= (select max(until_ms) from erasing where batch = :batch)
