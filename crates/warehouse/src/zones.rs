//! The zone in whose days a workspace's hits are added up.

use base::{DayRange, TimeZone, UnixMillis, WorkspaceId};
use duckdb::{Connection, params};

use crate::columns::{Columns, Place};
use crate::days;
use crate::error::{Result, Step};
use crate::open::Warehouse;
use crate::rollup::Zones;

const DAY_MS: i64 = 86_400_000;

impl Warehouse {
    /// Names the workspace's zone. If it is another than before, the pre-aggregate is made anew
    /// from the facts; until then reports do without it.
    ///
    /// # Errors
    /// When the engine fails; then nothing has changed.
    pub fn set_time_zone(&self, workspace: WorkspaceId, zone: &TimeZone) -> Result<()> {
        let mut writer = self.writer()?;
        if writer.zones.get(&workspace) == Some(zone) {
            return Ok(());
        }
        self.publish_zone(workspace, None)?;
        let done = writer.transact(|connection| {
            store_zone(connection, workspace, zone)?;
            add_up(connection, workspace, zone)?;
            days::label_again(connection, workspace)
        });
        if done.is_ok() {
            writer.zones.insert(workspace, zone.clone());
        }
        self.publish_zone(workspace, writer.zones.get(&workspace).cloned())?;
        done
    }

    /// The zone of the workspace's pre-aggregate; `None` while there is none to be used.
    #[must_use]
    pub fn time_zone(&self, workspace: WorkspaceId) -> Option<TimeZone> {
        self.zones.read().ok()?.get(&workspace).cloned()
    }

    fn publish_zone(&self, workspace: WorkspaceId, zone: Option<TimeZone>) -> Result<()> {
        let mut zones = self
            .zones
            .write()
            .map_err(|_| crate::error::Error::Poisoned)?;
        match zone {
            Some(zone) => zones.insert(workspace, zone),
            None => zones.remove(&workspace),
        };
        Ok(())
    }
}

/// The zones that are stored. A name that this version does not know has no zone.
pub(crate) fn stored_zones(connection: &Connection) -> Result<Zones> {
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

fn store_zone(connection: &Connection, workspace: WorkspaceId, zone: &TimeZone) -> Result<()> {
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

fn add_up(connection: &Connection, workspace: WorkspaceId, zone: &TimeZone) -> Result<()> {
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
    connection
        .execute_batch("delete from staged_days")
        .step("clear the staged days")?;
    days_between(zone, UnixMillis(first), UnixMillis(last)).append(connection)?;
    let sql =
        include_str!("queries/rebuild_daily.sql").replace(":workspace", &workspace.to_string());
    connection
        .execute_batch(&sql)
        .step("add hits up by local days")
}

/// Each local day cut where a day of UTC ends, so that a fact finds its part by equality.
fn days_between(zone: &TimeZone, first: UnixMillis, last: UnixMillis) -> Columns {
    let mut rows = Columns::new("staged_days", Place::Temporary, "iiii");
    let range = DayRange {
        first: zone.day_of(first),
        last: zone.day_of(last),
    };
    for day in range.days() {
        let (from, until) = zone.span_of(DayRange {
            first: day,
            last: day,
        });
        let mut at = from.0;
        while at < until.0 {
            let utc_day = at.div_euclid(DAY_MS);
            let end = until.0.min((utc_day + 1) * DAY_MS);
            rows.int(utc_day).int(at).int(end).int(i64::from(day.0));
            at = end;
        }
    }
    rows
}
