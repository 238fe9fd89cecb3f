select id, workspace_id, email, role, language, invited_by, created_at, expires_at, channels,
    cast(0 as bigint) as mails_due, '' as failure
from invitations
where id = $1
