//! What happened lately: is a site alive, how often was a link clicked.

use std::collections::HashMap;
use std::time::Duration;

use base::{LinkId, SiteId, UnixMillis};
use warehouse::{Limits, Parameter, Sql, Table, Value};

use crate::error::of_warehouse;
use crate::{Actor, App, AppError, Permission};

const DAY_MS: i64 = 24 * 60 * 60 * 1000;
const LINK_WINDOW_DAYS: i64 = 30;
/// For questions of which all is wanted, however much it is.
const LONG: Duration = Duration::from_mins(10);

/// Whether events of a site arrive.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SiteStatus {
    pub first_event_at: Option<UnixMillis>,
    pub last_event_at: Option<UnixMillis>,
    pub events_24h: i64,
}

impl App {
    /// # Errors
    /// When the workspace has no such site or the warehouse fails.
    pub async fn site_status(&self, actor: &Actor, id: SiteId) -> Result<SiteStatus, AppError> {
        actor.require(Permission::ReadSetup)?;
        self.site(actor, id).await?;
        let parameters = vec![
            Parameter::Int(actor.workspace.0),
            Parameter::Int(id.0),
            Parameter::Int(self.now().plus_ms(-DAY_MS).0),
        ];
        let table = self
            .read_table(include_str!("queries/site_status.sql"), parameters)
            .await?;
        let number = |column: usize| table.rows.first().and_then(|row| int(row, column));
        Ok(SiteStatus {
            first_event_at: number(0).map(UnixMillis),
            last_event_at: number(1).map(UnixMillis),
            events_24h: number(2).unwrap_or_default(),
        })
    }

    /// Clicks of each link in the last thirty days, machines left out; `None` while the warehouse
    /// is away.
    ///
    /// # Errors
    /// When the warehouse fails.
    pub async fn link_clicks(
        &self,
        actor: &Actor,
    ) -> Result<Option<HashMap<LinkId, i64>>, AppError> {
        actor.require(Permission::ReadSetup)?;
        let since = self.now().plus_ms(-LINK_WINDOW_DAYS * DAY_MS);
        let parameters = vec![Parameter::Int(actor.workspace.0), Parameter::Int(since.0)];
        let sql = include_str!("queries/link_clicks.sql");
        let table = match self.read_table(sql, parameters).await {
            Err(error) if error.is_warehouse_away() => return Ok(None),
            answered => answered?,
        };
        let pairs = table
            .rows
            .iter()
            .filter_map(|row| Some((LinkId(int(row, 0)?), int(row, 1)?)));
        Ok(Some(pairs.collect()))
    }

    pub(crate) async fn read_table(
        &self,
        sql: impl Into<Sql<'static>>,
        parameters: Vec<Parameter>,
    ) -> Result<Table, AppError> {
        let sql = sql.into();
        self.ask(move |warehouse| warehouse.query(sql, &parameters, Limits::default()))
            .await?
            .map_err(of_warehouse("query the warehouse"))
    }

    /// As [`App::read_table`], however long it takes and however much it is.
    pub(crate) async fn read_table_whole(
        &self,
        sql: impl Into<Sql<'static>>,
        parameters: Vec<Parameter>,
    ) -> Result<Table, AppError> {
        let sql = sql.into();
        let limits = Limits {
            timeout: LONG,
            rows_max: usize::MAX,
        };
        self.ask(move |warehouse| warehouse.query(sql, &parameters, limits))
            .await?
            .map_err(of_warehouse("query the warehouse"))
    }

    /// As [`App::read_table`], for what a door needs before it can answer.
    pub(crate) async fn look_table_up(
        &self,
        sql: impl Into<Sql<'static>>,
        parameters: Vec<Parameter>,
    ) -> Result<Table, AppError> {
        let sql = sql.into();
        self.ask_at_door(move |warehouse| warehouse.query(sql, &parameters, Limits::default()))
            .await?
            .map_err(of_warehouse("query the warehouse"))
    }
}

/// A whole number of a row.
pub(crate) fn int(row: &[Value], column: usize) -> Option<i64> {
    row.get(column)
        .and_then(Value::int)
        .and_then(|number| i64::try_from(number).ok())
}
