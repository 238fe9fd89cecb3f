insert into login_attempts (bucket, failures, started_at)
values ($1, 1, $2)
on conflict (bucket) do update set
    failures = case
        when login_attempts.started_at <= $3 or login_attempts.started_at > $4 then 1
        else login_attempts.failures + 1
    end,
    started_at = case
        when login_attempts.started_at <= $3 or login_attempts.started_at > $4 then excluded.started_at
        else login_attempts.started_at
    end
returning failures
