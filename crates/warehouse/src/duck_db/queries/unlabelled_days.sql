-- Keys of sums whose tuple is not in the dictionary.
select distinct traffic
from hits_daily
anti join traffic using (workspace, traffic)
