insert into import_rejections (workspace_id, import_id, row, field, code, detail, cells)
values ($1, $2, $3, $4, $5, $6, $7)
