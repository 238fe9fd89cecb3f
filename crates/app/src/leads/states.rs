//! What leads are: brought up to date with their deals, and told once more for those that came
//! before their states were facts.

use base::{LeadId, UnixMillis, WorkspaceId};
use store::leads::{Lead, LeadFilter, list_leads};
use store::{PageRequest, Tx, meta, workspaces};

use super::book::LeadBook;
use super::post::state;
use crate::{App, AppError, outbox};

/// Present once every lead has told its state.
const POSTED_KEY: &str = "lead_states_posted";
/// Present once every lead has followed the deals it had before leads did.
const FOLLOWED_KEY: &str = "lead_sales_followed";
const PAGE_ROWS: u32 = 500;

/// What is done once with every lead of a store.
#[derive(Clone, Copy)]
enum Chore {
    PostState,
    FollowSales,
}

/// Makes leads sales whose deals became sales, and takes that back where a deal is none any more.
pub(crate) async fn follow_sales(
    tx: &mut Tx,
    workspace: WorkspaceId,
    leads: &[LeadId],
    now: UnixMillis,
) -> Result<(), AppError> {
    if leads.is_empty() {
        return Ok(());
    }
    let mut book = LeadBook::open(tx, workspace, now).await?;
    book.fetch(tx, leads).await?;
    for id in leads {
        book.follow_sales(*id)?;
    }
    book.save(tx).await
}

impl App {
    /// Brings the leads of an older store up to date, once in its life: later changes of leads
    /// and deals do it themselves. A crash in the middle does it again, which adds nothing.
    ///
    /// # Errors
    /// When the store fails.
    pub(crate) async fn catch_up_leads(&self) -> Result<(), AppError> {
        self.once_for_leads(POSTED_KEY, Chore::PostState).await?;
        self.once_for_leads(FOLLOWED_KEY, Chore::FollowSales).await
    }

    async fn once_for_leads(&self, key: &str, chore: Chore) -> Result<(), AppError> {
        let mut connection = self.inner.store.read().await?;
        if meta::find_meta(&mut connection, key).await?.is_some() {
            return Ok(());
        }
        let all = workspaces::list_workspaces(&mut connection).await?;
        drop(connection);
        let now = self.now();
        for workspace in all {
            let mut page = Some(PageRequest::first(PAGE_ROWS));
            while let Some(request) = page {
                let mut tx = self.inner.store.begin().await?;
                let filter = LeadFilter::default();
                let leads = list_leads(&mut tx, workspace.id, &filter, request).await?;
                chore.run(&mut tx, workspace.id, &leads.items, now).await?;
                tx.commit().await?;
                page = leads.following(PAGE_ROWS);
            }
        }
        let mut tx = self.inner.store.begin().await?;
        meta::put_meta(&mut tx, key, b"1").await?;
        tx.commit().await?;
        self.wake_relay();
        Ok(())
    }
}

impl Chore {
    async fn run(
        self,
        tx: &mut Tx,
        workspace: WorkspaceId,
        leads: &[Lead],
        now: UnixMillis,
    ) -> Result<(), AppError> {
        match self {
            Self::PostState => {
                let states = leads.iter().map(|lead| state(workspace, lead, now));
                Ok(outbox::put(tx, now, &states.collect::<Vec<_>>()).await?)
            }
            Self::FollowSales => {
                let ids: Vec<LeadId> = leads.iter().map(|lead| lead.id).collect();
                follow_sales(tx, workspace, &ids, now).await
            }
        }
    }
}
