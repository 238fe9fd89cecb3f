insert into label_revisions
select
    c0, c1, c2, c3, c4, c5, c6, c7, c8, c9,
    if(c4 = '' and c5 = '', 0, reinterpretAsUInt64(substring(MD5(concat(c4, char(1), c5)), 9, 8))),
    :revision, :batch
from staged_labels
where :allowed
