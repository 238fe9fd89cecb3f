update invitations
set expires_at = $3
where workspace_id = $1 and id = $2
