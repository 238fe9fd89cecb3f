//! The deals of leads that are sales.

use std::collections::HashMap;

use base::{DealId, LeadId, WorkspaceId};
use domain::lead::LeadSale;
use store::Connection;
use store::deals::{list_deals_of_leads, list_posted};

use super::post::Posted;
use crate::AppError;
use crate::error::Step as _;

/// The sales of those of the leads that have any.
pub(crate) async fn list_sales(
    connection: &mut Connection,
    workspace: WorkspaceId,
    leads: &[LeadId],
) -> Result<HashMap<LeadId, Vec<LeadSale>>, AppError> {
    let deals = list_deals_of_leads(connection, workspace, leads).await?;
    let of_deal: HashMap<DealId, LeadId> = deals
        .into_iter()
        .filter_map(|deal| Some((deal.id, deal.details.lead_id?)))
        .collect();
    let mut sales: HashMap<LeadId, Vec<LeadSale>> = HashMap::new();
    if of_deal.is_empty() {
        return Ok(sales);
    }
    let ids: Vec<DealId> = of_deal.keys().copied().collect();
    for row in list_posted(connection, workspace, &ids).await? {
        let posted: Posted = serde_json::from_value(row.posted.book).step("read a posting")?;
        if let (Some(lead), Some(sale)) = (of_deal.get(&row.deal_id), posted.sale()) {
            sales.entry(*lead).or_default().push(sale);
        }
    }
    Ok(sales)
}
