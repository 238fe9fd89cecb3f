delete from credited
where batch < :batch and (id_lo, id_hi) in (
    select id_lo, id_hi from recredited where batch = :batch
)
