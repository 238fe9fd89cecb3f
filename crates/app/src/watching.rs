//! Watching what comes in for a site: who may, and that it is noted who did.

use base::{SiteId, WorkspaceId};
use serde_json::json;
use store::sites;

use crate::audit::Act;
use crate::intake_log::is_first_workspace;
use crate::{Actor, App, AppError, Permission};

/// A site whose requests somebody may see.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WatchedSite {
    pub id: SiteId,
    pub workspace: WorkspaceId,
    /// What nobody knows the owner of is shown with it, as in the ingest log.
    pub takes_nobodys: bool,
}

impl App {
    /// A request comes before anybody knows its channel and whose it will be, so this is for those
    /// who see everything.
    ///
    /// # Errors
    /// When the actor may not, sees only a part, or the workspace has no such site.
    pub async fn watched_site(&self, actor: &Actor, id: SiteId) -> Result<WatchedSite, AppError> {
        actor.require(Permission::ReadRows)?;
        actor.require_all_records()?;
        let mut connection = self.inner.store.read().await?;
        sites::load_site(&mut connection, actor.workspace, id).await?;
        Ok(WatchedSite {
            id,
            workspace: actor.workspace,
            takes_nobodys: is_first_workspace(&mut connection, actor.workspace).await?,
        })
    }

    /// As [`App::watched_site`], and notes that somebody looks at its requests: once for however
    /// long they go on looking.
    ///
    /// # Errors
    /// As [`App::watched_site`].
    pub async fn look_at_requests(
        &self,
        actor: &Actor,
        id: SiteId,
    ) -> Result<WatchedSite, AppError> {
        let site = self.watched_site(actor, id).await?;
        let told = json!({"metric": "requests", "site": id});
        self.note_look(actor, Act::RowsRead, "", told).await?;
        Ok(site)
    }

    /// Notes that somebody begins to watch a site, or ends it with no minutes.
    ///
    /// # Errors
    /// As [`App::watched_site`], and when the actor may not change the site.
    pub async fn note_watch(
        &self,
        actor: &Actor,
        id: SiteId,
        minutes: i64,
    ) -> Result<WatchedSite, AppError> {
        actor.require(Permission::EditTracking)?;
        let site = self.watched_site(actor, id).await?;
        let mut tx = self.inner.store.begin().await?;
        let told = json!({"minutes": minutes});
        self.note(&mut tx, actor, Act::SiteWatched, id, told)
            .await?;
        tx.commit().await?;
        Ok(site)
    }
}
