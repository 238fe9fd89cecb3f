select i.id, i.workspace_id, i.email, i.role, i.language, i.invited_by, i.created_at, i.expires_at,
    i.channels,
    (select count(*) from mails as m where m.invitation_id = i.id and m.due_at is not null)
        as mails_due,
    coalesce((select max(m.failure) from mails as m where m.invitation_id = i.id), '') as failure
from invitations as i
where i.workspace_id = $1
order by i.id
