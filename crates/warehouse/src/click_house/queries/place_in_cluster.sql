-- Which node of a cluster the server is, as far as it can tell.
select
    count(), countIf(is_local), maxIf(shard_num, is_local), maxIf(replica_num, is_local),
    maxIf(internal_replication, is_local)
from system.clusters
where cluster = $1
