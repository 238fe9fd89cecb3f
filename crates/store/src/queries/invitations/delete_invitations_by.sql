delete from invitations
where workspace_id = $1 and invited_by = $2
