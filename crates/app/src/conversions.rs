//! Conversions for ad platforms: what a platform is told of leads and sales that its clicks
//! brought, tried first, then put into files, with a log so that nothing is told twice.

mod arrivals;
mod batches;
mod bench;
mod preview;
mod targets;

pub use batches::{ConversionBatchOrder, ConversionBatchView, ConversionRowView};
pub use preview::{ConversionPreview, ConversionPreviewQuery, ConversionPreviewRow};
pub use targets::{ConversionTargetInput, ConversionTargetPatch};

use crate::{Actor, AppError, Permission};

/// Leads or deals of one file at most.
pub const CONVERSIONS_MAX: usize = 50_000;
/// Days of one file at most.
const DAYS_MAX: i32 = 400;

/// A file is of all leads and deals: whoever sees some of them would tell a part and call it all.
fn require(actor: &Actor) -> Result<(), AppError> {
    actor.require(Permission::ExportConversions)?;
    actor.require_all_records()
}
