//! Ad costs: what imports and people declare, and the differences that this posts.

mod effects;
mod file;
mod manual;
mod names;
mod overlay;
mod said;
mod windows;
mod within;

use base::{Day, DayRange};
use store::costs::{self, CostFilter, CostsWithin};
use store::{Page, PageRequest};

use crate::sight::channels_within;
use crate::{Actor, App, AppError, NamedCost, Permission};

pub use effects::CostEffect;
pub(crate) use effects::from_json as effects_from_json;
pub(crate) use file::{CostFile, CostFileEnd};
pub(crate) use manual::MANUAL;
pub use manual::{ManualCostInput, ManualCostPatch};
pub(crate) use names::NamesTold;
pub(crate) use overlay::{Change, Phase, declare, foresee, platform_of, retract};
pub(crate) use said::Said;

/// How much of the costs an import holds while it is read and laid over what counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CostMemory {
    /// Amounts of a file that are held before they are written down.
    pub held_amounts_max: usize,
    /// Amounts of the file, and rows of the store, that a window has about.
    pub window_rows_max: usize,
}

/// Which costs to list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CostQuery {
    pub days: DayRange,
    pub source: Option<String>,
    pub campaign: Option<String>,
}

impl Default for CostMemory {
    fn default() -> Self {
        Self {
            held_amounts_max: 10_000,
            window_rows_max: 2_000,
        }
    }
}

impl App {
    /// The costs that count, newest day first: what was undone or declared anew is left out.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn list_costs(
        &self,
        actor: &Actor,
        query: &CostQuery,
        page: PageRequest<Day>,
    ) -> Result<Page<NamedCost, Day>, AppError> {
        actor.require(Permission::SeeCosts)?;
        let filter = CostFilter {
            first_day: query.days.first,
            last_day: query.days.last,
            source: query.source.clone(),
            campaign: query.campaign.clone(),
            campaigns_meant: query
                .campaign
                .as_deref()
                .map(|text| self.campaigns_meant(actor.workspace, text))
                .unwrap_or_default(),
        };
        let traffic_keys = self.traffic_within(actor).await?;
        let mut connection = self.inner.store.read().await?;
        let channels = channels_within(&mut connection, actor).await?;
        let within = channels.zip(traffic_keys);
        let within = within.map(|(channels, traffic_keys)| CostsWithin {
            channels,
            traffic_keys,
        });
        let (workspace, within) = (actor.workspace, within.as_ref());
        let found = costs::list_costs(&mut connection, workspace, &filter, within, page).await?;
        let named = |cost| self.named_cost(workspace, cost);
        Ok(Page {
            items: found.items.into_iter().map(named).collect(),
            next: found.next,
        })
    }
}
