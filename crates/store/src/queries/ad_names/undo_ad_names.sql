update ad_name_sightings set undone_at = $3
where workspace_id = $1 and import_id = $2 and undone_at is null
