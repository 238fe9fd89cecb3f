insert into import_touches (workspace_id, kind, import_id, record_id, at, is_creator, said, kept)
values ($1, $2, $3, $4, $5, $6, $7, $8)
on conflict (workspace_id, kind, record_id, import_id) do update set
    is_creator = excluded.is_creator,
    said = excluded.said,
    kept = excluded.kept
