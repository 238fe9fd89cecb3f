select split
from history
where workspace = :workspace
    and (day between :from and :until or day between :compared_from and :compared_until)
group by split
