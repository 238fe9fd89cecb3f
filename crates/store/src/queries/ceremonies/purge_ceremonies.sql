delete from ceremonies
where expires_at <= $1
