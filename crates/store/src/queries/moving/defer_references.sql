pragma defer_foreign_keys = on
