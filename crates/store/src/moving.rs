//! Moving an installation from a file to a server, whole or not at all.
//!
//! Everything is copied, read back and compared inside one transaction of the server. What is
//! interrupted leaves nothing there, so that there is no half-moved store to start on, and may be
//! started again.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use crate::meta::{find_meta, put_meta};
use crate::statement::{Statement, numbered, record, unnumbered};
use crate::value::{Place, Raw as _, Row, Value};
use crate::{BATCH_ROWS, Connection, Engine, Store, StoreError, Tx};

/// In the file's `meta` when the file is not the store any more: the place that is.
const MOVED_TO: &str = "moved_to";

/// Every table that both engines have, those that others refer to first.
pub const TABLES: &[&str] = &[
    "meta",
    "workspaces",
    "users",
    "memberships",
    "teams",
    "team_members",
    "sessions",
    "secrets",
    "second_factors",
    "recovery_codes",
    "passkeys",
    "provider_links",
    "ceremonies",
    "invitations",
    "tokens",
    "mails",
    "login_attempts",
    "service_accounts",
    "api_keys",
    "idempotency_keys",
    "sites",
    "links",
    "channels",
    "channel_rule_versions",
    "channel_rules",
    "uploads",
    "imports",
    "ad_name_sightings",
    "import_sources",
    "import_runs",
    "import_rejections",
    "import_touches",
    "cost_declarations",
    "cost_rows",
    "cost_gaps",
    "manual_costs",
    "exchange_rates",
    "exchange_rate_tables",
    "persons",
    "identities",
    "lead_requests",
    "leads",
    "lead_status_history",
    "lead_assignments",
    "deals",
    "deal_history",
    "deal_posted",
    "payments",
    "deal_status_maps",
    "deal_statuses",
    "outbox",
    "annotations",
    "saved_views",
    "segments",
    "custom_metrics",
    "goals",
    "goal_alerts",
    "goal_alert_looks",
    "import_mappings",
    "share_links",
    "report_schedules",
    "webhooks",
    "webhook_deliveries",
    "erasures",
    "erased_records",
    "erased_marks",
    "person_requests",
    "conversion_targets",
    "conversion_batches",
    "conversion_rows",
    "audit_entries",
    "nodes",
    "leases",
    "intake_counts",
    "intake_runs",
];

record! {
    pub(crate) struct ColumnOfTable {
        name: String,
        kind: String,
        /// From 1 on; 0 for a column that is not in the primary key.
        place_in_key: i64,
    }
}

record! {
    struct LastId {
        name: String,
        last_id: i64,
        is_counted: bool,
    }
}

/// One table that was moved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MovedTable {
    pub name: &'static str,
    pub rows: u64,
    /// Of all values of all rows; the same on both sides.
    pub checksum: u64,
}

pub(crate) struct Table {
    name: &'static str,
    columns: Vec<ColumnOfTable>,
}

/// Moves everything from `file` to `server`, whose store must be empty, and marks the file as left.
/// A server that holds the same already, because only the mark is missing, is compared.
///
/// # Errors
/// [`StoreError::NotMoved`] names the first table that differs. The server is as it was then.
pub async fn move_store(
    file: &Store,
    server: &Store,
    mut progress: impl FnMut(&MovedTable),
) -> Result<Vec<MovedTable>, StoreError> {
    if (file.engine(), server.engine()) != (Engine::Sqlite, Engine::Postgres) {
        return Err(StoreError::NoFile);
    }
    let mut source = file.begin().await?;
    let mut target = server.begin().await?;
    let moved = copy(&mut source, &mut target, &mut progress).await?;
    target.commit().await?;
    put_meta(&mut source, MOVED_TO, server.place().as_bytes()).await?;
    source.commit().await?;
    Ok(moved)
}

/// Copies every table to a server that holds nothing, and compares what is there then.
pub(crate) async fn copy(
    source: &mut Tx,
    target: &mut Tx,
    progress: &mut impl FnMut(&MovedTable),
) -> Result<Vec<MovedTable>, StoreError> {
    let is_new = count_held(target).await? == 0;
    Statement::new(include_str!("queries/moving/defer_references.pg.sql"))
        .execute(target)
        .await?;
    let mut moved = Vec::new();
    for name in TABLES {
        let table = describe(source, name).await?;
        let read = read_file(source, is_new.then_some(&mut *target), &table).await?;
        let written = read_server(target, None, &table).await?;
        if read != written {
            return Err(StoreError::NotMoved { table: name });
        }
        progress(&read);
        moved.push(read);
    }
    if is_new {
        go_on_counting(source, target).await?;
    }
    Ok(moved)
}

/// How much there is in a database that may be no store yet.
pub(crate) async fn count_begun(connection: &mut Connection) -> Result<i64, StoreError> {
    let is_begun: i64 = Statement::new(include_str!("queries/moving/count_begun.pg.sql"))
        .value(connection)
        .await?;
    match is_begun {
        0 => Ok(0),
        _ => count_held(connection).await,
    }
}

pub(crate) async fn count_held(connection: &mut Connection) -> Result<i64, StoreError> {
    Statement::new(include_str!("queries/moving/count_held.sql"))
        .value(connection)
        .await
}

/// Where the store of a file has gone to, if it has.
pub(crate) async fn moved_to(connection: &mut Connection) -> Result<Option<String>, StoreError> {
    let found = find_meta(connection, MOVED_TO).await?;
    Ok(found.map(|place| String::from_utf8_lossy(&place).into_owned()))
}

/// What a table has, read from a file.
pub(crate) async fn describe(file: &mut Tx, name: &'static str) -> Result<Table, StoreError> {
    let columns = Statement::new(include_str!("queries/moving/list_columns.sql"))
        .bind(name)
        .all(file)
        .await?;
    Ok(Table { name, columns })
}

/// Reads the table of the file, and writes it to the server where one is given.
pub(crate) async fn read_file(
    source: &mut Tx,
    mut target: Option<&mut Tx>,
    table: &Table,
) -> Result<MovedTable, StoreError> {
    let (name, columns) = (table.name, table.list());
    let ask = format!(
        "select rowid as place_in_file, {columns} from {name} where rowid > $1 order by rowid \
         limit {BATCH_ROWS}"
    );
    let mut moved = MovedTable::none(name);
    let mut behind = i64::MIN;
    loop {
        let rows = source
            .fetch(Statement::made(ask.clone()).bind(&behind))
            .await?;
        let Some(last) = rows.last() else {
            return Ok(moved);
        };
        behind = i64::of_row(last, Place::Named("place_in_file"))?;
        let target = target.as_deref_mut();
        take(&mut moved, target, table, &rows).await?;
    }
}

/// Reads the table of the server, and writes it to the file where one is given, in the order of its
/// key: the same rows make the same file.
pub(crate) async fn read_server(
    source: &mut Connection,
    mut target: Option<&mut Tx>,
    table: &Table,
) -> Result<MovedTable, StoreError> {
    let (name, columns) = (table.name, table.list());
    let order = match target {
        Some(_) => table.order(),
        None => String::new(),
    };
    let open = format!("declare moved_{name} cursor for select {columns} from {name}{order}");
    Statement::made(open).execute(source).await?;
    let next = format!("fetch {BATCH_ROWS} from moved_{name}");
    let mut moved = MovedTable::none(name);
    loop {
        let rows = source.fetch(Statement::made(next.clone())).await?;
        if rows.is_empty() {
            return Ok(moved);
        }
        let target = target.as_deref_mut();
        take(&mut moved, target, table, &rows).await?;
    }
}

/// Counts rows, and writes them where a target is given.
async fn take(
    moved: &mut MovedTable,
    target: Option<&mut Tx>,
    table: &Table,
    rows: &[Row],
) -> Result<(), StoreError> {
    let mut values = Vec::new();
    for row in rows {
        values.extend(moved.add(table.values(row)?));
    }
    let Some(target) = target else {
        return Ok(());
    };
    let width = table.columns.len();
    let places = match target.engine() {
        Engine::Sqlite => unnumbered(rows.len(), width),
        Engine::Postgres => numbered(rows.len(), width),
    };
    let (name, columns) = (table.name, table.list());
    let insert = format!("insert into {name} ({columns}) values {places}");
    let mut statement = Statement::made(insert);
    statement.values = values;
    target.execute(statement).await?;
    Ok(())
}

/// No id that the file ever gave out is given out again.
async fn go_on_counting(source: &mut Tx, target: &mut Tx) -> Result<(), StoreError> {
    let ids: Vec<LastId> = Statement::new(include_str!("queries/moving/list_last_ids.sql"))
        .all(source)
        .await?;
    for id in ids {
        let statement = if id.is_counted {
            Statement::new(include_str!("queries/moving/put_last_id.pg.sql"))
        } else {
            Statement::new(include_str!("queries/moving/set_sequence.pg.sql"))
        };
        let statement = statement.bind(&id.name).bind(&id.last_id);
        target.fetch(statement).await?;
    }
    Ok(())
}

impl Table {
    fn list(&self) -> String {
        let names: Vec<&str> = self.columns.iter().map(|it| it.name.as_str()).collect();
        names.join(", ")
    }

    /// By the primary key.
    fn order(&self) -> String {
        let mut keys: Vec<_> = self.columns.iter().collect();
        keys.retain(|it| it.place_in_key > 0);
        keys.sort_by_key(|it| it.place_in_key);
        let names: Vec<&str> = keys.iter().map(|it| it.name.as_str()).collect();
        match names.is_empty() {
            true => String::new(),
            false => format!(" order by {}", names.join(", ")),
        }
    }

    fn values(&self, row: &Row) -> Result<Vec<Value>, StoreError> {
        let values = self.columns.iter().map(|column| {
            let place = Place::Named(&column.name);
            Ok(match column.kind.as_str() {
                "integer" => Option::<i64>::of_row(row, place)?.into_value(),
                "text" => Option::<String>::of_row(row, place)?.into_value(),
                _ => Option::<Vec<u8>>::of_row(row, place)?.into_value(),
            })
        });
        values.collect()
    }
}

impl MovedTable {
    fn none(name: &'static str) -> Self {
        Self {
            name,
            rows: 0,
            checksum: 0,
        }
    }

    /// The order of the rows is not looked at: the engines have no common one.
    fn add(&mut self, values: Vec<Value>) -> Vec<Value> {
        let mut hasher = DefaultHasher::new();
        values.hash(&mut hasher);
        self.rows += 1;
        self.checksum = self.checksum.wrapping_add(hasher.finish());
        values
    }
}
