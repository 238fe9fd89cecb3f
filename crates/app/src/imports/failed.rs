//! Imports that come to no good end: what stopped them is kept, and what they did goes.

use base::{ImportId, WorkspaceId};
use store::imports::{self, ImportResult, UnfinishedImport};

use super::ImportState;
use super::access_log::{ACCESS_LOG, withdraw_hits};
use crate::{Actor, App, AppError};

impl App {
    /// Whoever imported a log has gone away before its end: nobody else can go on with it.
    pub(super) async fn is_access_log(&self, next: &UnfinishedImport) -> Result<bool, AppError> {
        let mut connection = self.inner.store.read().await?;
        let import = imports::load_import(&mut connection, next.workspace_id, next.id).await?;
        Ok(import.kind == ACCESS_LOG)
    }

    /// Keeps why an import came to no end; it is tried again each time that imports are run.
    pub(super) async fn note_stuck(
        &self,
        next: &UnfinishedImport,
        error: AppError,
    ) -> Result<(), AppError> {
        let reason = error.to_string();
        let mut tx = self.inner.store.begin().await?;
        let import = imports::load_import(&mut tx, next.workspace_id, next.id).await?;
        if import.error.as_deref() == Some(reason.as_str()) {
            return Ok(());
        }
        imports::note_import_error(&mut tx, next.workspace_id, next.id, Some(&reason)).await?;
        tx.commit().await?;
        let error = format!("{:#}", anyhow::Error::from(error));
        tracing::error!(import = next.id.0, error, "an import came to no end");
        Ok(())
    }

    /// Ends an import that cannot be done.
    pub(super) async fn fail_import(
        &self,
        workspace: WorkspaceId,
        id: ImportId,
        error: &AppError,
    ) -> Result<(), AppError> {
        if let AppError::Internal { step, source } = error {
            tracing::error!(
                import = id.0,
                step,
                error = format!("{source:#}"),
                "import failed"
            );
        }
        self.end_as_failed(workspace, id, &error.to_string()).await
    }

    /// Takes back what of it was saved, so that a failed import has left nothing.
    pub(super) async fn end_as_failed(
        &self,
        workspace: WorkspaceId,
        id: ImportId,
        reason: &str,
    ) -> Result<(), AppError> {
        let mut connection = self.inner.store.read().await?;
        let import = imports::load_import(&mut connection, workspace, id).await?;
        drop(connection);
        self.undo_records(&Actor::system(workspace), &import)
            .await?;
        let now = self.now();
        let state = ImportState::Failed.name();
        let result = ImportResult {
            first_day: None,
            last_day: None,
            amount_micros: None,
            currency: None,
            effects: None,
        };
        let mut tx = self.inner.store.begin().await?;
        imports::finish_import(&mut tx, workspace, id, state, Some(reason), now, &result).await?;
        withdraw_hits(&mut tx, workspace, &import, now).await?;
        tx.commit().await?;
        self.wake_relay();
        Ok(())
    }
}
