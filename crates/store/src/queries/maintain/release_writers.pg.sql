select pg_advisory_unlock(8388080129014196332)::int::bigint as released
