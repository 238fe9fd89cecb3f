select o.visit, sum(o.leads), sum(o.deals), sum(o.sales)
from outcomes as o
where o.workspace = :workspace and o.visit in (:visits)
group by o.visit
