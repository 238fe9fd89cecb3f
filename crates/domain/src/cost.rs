//! Ad costs: which import speaks for a day and an ad, and the differences to post.
//!
//! An import *declares* what the ads of an account cost on the days it covers. What counts for a
//! day is what the latest active import says; what it leaves out costs nothing, unless it leaves a
//! gap there, through which the import before it is seen: rows that could not be read must not make
//! earlier amounts vanish. Nothing is ever rewritten: an import, a re-import and an undo all post
//! the differences between two such states.

mod gaps;
mod overlay;
mod price;
mod rate;
mod spread;

pub use gaps::{Effect, EffectSum, KeepEarlier, UnreadRow, effects, gaps, silences};
pub use overlay::{
    CostAccount, CostDelta, CostEntry, CostImport, CostKey, CostMeasures, differences, effective,
};
pub use price::{CostTerms, PricedCost, VatTerms, price};
pub use rate::{RATE_NOMINAL_MAX, Rate, RateError};
pub use spread::{ManualCost, SPREAD_DAYS_MAX, SpreadError, SpreadPer, spread};
