select distinct "table" from pragma_foreign_key_check
