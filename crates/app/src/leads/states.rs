//! What leads are, told once more for those that came before their states were facts.

use store::leads::{LeadFilter, list_leads};
use store::{PageRequest, meta, workspaces};

use super::post::state;
use crate::{App, AppError, outbox};

/// Present once every lead has told its state.
const POSTED_KEY: &str = "lead_states_posted";
const PAGE_ROWS: u32 = 500;

impl App {
    /// Posts the state of every lead, once in the life of a store: later changes post their own.
    /// A crash in the middle does it again, which adds nothing, because the ids are the same.
    ///
    /// # Errors
    /// When the store fails.
    pub(crate) async fn post_lead_states(&self) -> Result<(), AppError> {
        let mut connection = self.inner.store.read().await?;
        if meta::find_meta(&mut connection, POSTED_KEY)
            .await?
            .is_some()
        {
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
                let states = leads
                    .items
                    .iter()
                    .map(|lead| state(workspace.id, lead, now));
                outbox::put(&mut tx, now, &states.collect::<Vec<_>>()).await?;
                tx.commit().await?;
                page = leads.next.map(|next| PageRequest::after(next, PAGE_ROWS));
            }
        }
        let mut tx = self.inner.store.begin().await?;
        meta::put_meta(&mut tx, POSTED_KEY, b"1").await?;
        tx.commit().await?;
        self.wake_relay();
        Ok(())
    }
}
