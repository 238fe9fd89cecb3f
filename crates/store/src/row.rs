//! One row of a workspace by its id: loaded, changed at a known version, taken out of use.

use std::fmt::Display;

use base::{UnixMillis, WorkspaceId};

use crate::statement::{Bind, Column, Statement};
use crate::{Connection, StoreError, Tx, fresh_version, met_version};

/// What the row is, for errors; whose it is; which one. Placeholders begin with the last two.
#[derive(Debug, Clone, Copy)]
pub(crate) struct OneRow<I>(
    pub(crate) &'static str,
    pub(crate) WorkspaceId,
    pub(crate) I,
);

impl<I: Bind + Display> OneRow<I> {
    pub(crate) async fn load<T: Column>(
        self,
        connection: &mut Connection,
        sql: &'static str,
    ) -> Result<T, StoreError> {
        let Self(what, workspace, id) = self;
        let row = Statement::new(sql).bind(&workspace).bind(&id);
        let found = row.find(connection).await?;
        found.ok_or_else(|| StoreError::not_found(what, id))
    }

    /// The new version; [`StoreError::StaleVersion`] when `version` is not the current one.
    pub(crate) async fn update(
        self,
        tx: &mut Tx,
        sql: &'static str,
        version: i64,
        details: &impl Bind,
    ) -> Result<i64, StoreError> {
        let Self(what, workspace, id) = self;
        let row = Statement::new(sql).bind(&workspace).bind(&id);
        let updated = row.bind(&version).bind(details).find_value(tx).await?;
        fresh_version(updated, what, id, version)
    }

    /// What refers to it keeps it.
    pub(crate) async fn archive(
        self,
        tx: &mut Tx,
        sql: &'static str,
        version: i64,
        now: UnixMillis,
    ) -> Result<(), StoreError> {
        let Self(what, workspace, id) = self;
        let row = Statement::new(sql).bind(&workspace).bind(&id);
        let changed = row.bind(&version).bind(&now).execute(tx).await?;
        met_version(changed, what, id, version)
    }
}
