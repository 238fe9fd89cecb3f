delete from hits where workspace = :workspace and import = :import;

delete from repeatable_hits where import = :import;

delete from visits where workspace = :workspace and import = :import;

delete from touches where workspace = :workspace and import = :import;

delete from history where workspace = :workspace and import = :import;

delete from hits_daily where workspace = :workspace;
