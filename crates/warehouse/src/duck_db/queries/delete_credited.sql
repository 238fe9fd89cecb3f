delete from credited
where (id_hi, id_lo) in (select (id_hi, id_lo) from staged_ids)
