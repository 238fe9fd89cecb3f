insert into credited
select * from staged_credited where batch = :batch and :allowed
