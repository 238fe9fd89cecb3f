//! Zones as stored, and the pre-aggregate made anew by the days of one.

use base::{TimeZone, UnixMillis, WorkspaceId};
use duckdb::{Connection, params};

use super::append::append;
use crate::error::{Result, Step};
use crate::rollup::Zones;
use crate::zones::days_between;

/// The zones that are stored. A name that this version does not know has no zone.
pub(super) fn stored_zones(connection: &Connection) -> Result<Zones> {
    let mut statement = connection
        .prepare("select workspace, name from time_zones")
        .step("read the time zones")?;
    let rows = statement
        .query_map([], |row| Ok((row.get(0)?, row.get::<_, String>(1)?)))
        .step("read the time zones")?;
    let mut zones = Zones::new();
    for row in rows {
        let (workspace, name) = row.step("read the time zones")?;
        if let Ok(zone) = name.parse() {
            zones.insert(WorkspaceId(workspace), zone);
        }
    }
    Ok(zones)
}

pub(super) fn store_zone(
    connection: &Connection,
    workspace: WorkspaceId,
    zone: &TimeZone,
) -> Result<()> {
    connection
        .execute(
            "delete from time_zones where workspace = $1",
            params![workspace.0],
        )
        .step("replace the time zone")?;
    connection
        .execute(
            "insert into time_zones (workspace, name) values ($1, $2)",
            params![workspace.0, zone.name()],
        )
        .step("store the time zone")?;
    Ok(())
}

pub(super) fn add_up(
    connection: &Connection,
    workspace: WorkspaceId,
    zone: &TimeZone,
) -> Result<()> {
    let extent: (Option<i64>, Option<i64>) = connection
        .query_row(
            include_str!("queries/extent_of_hits.sql"),
            params![workspace.0],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )
        .step("look for the first and last hit")?;
    let (Some(first), Some(last)) = extent else {
        return Ok(());
    };
    append(
        connection,
        days_between(zone, UnixMillis(first), UnixMillis(last)),
    )?;
    let sql =
        include_str!("queries/rebuild_daily.sql").replace(":workspace", &workspace.to_string());
    connection
        .execute_batch(&sql)
        .step("add hits up by local days")
}
