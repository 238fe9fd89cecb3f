//! The demo's shop: twelve seeded months of traffic and money, played through the public doors.
//!
//! The generator is pure: a [`Plan`] of a [`Scenario`] yields visits, events, leads, deals and
//! costs day by day. [`play`] sends them to a running server over HTTP, as any owner would.

mod address;
mod agent;
mod batch;
mod campaign;
mod client;
mod cost;
mod cost_file;
mod deal;
mod deal_file;
mod dice;
mod error;
mod event;
mod imports;
mod lanes;
mod lead;
mod live;
mod multipart;
mod plan;
mod play;
mod scenario;
mod setup;
mod shop;
mod summary;
mod truth;
mod visit;

pub use campaign::{Campaign, ClickPrice, Group, Run, ShortLink, Tags, campaigns};
pub use cost::{CostFile, CostRow};
pub use cost_file::Upload;
pub use deal::{Deal, DealStatus, Payment, PaymentKind};
pub use error::SimulateError;
pub use event::{Event, EventKind, Properties, Revenue, events};
pub use lead::{Lead, Mark, Origin, Sent};
pub use plan::Plan;
pub use play::play;
pub use scenario::{DAYS_MIN, OWNER_EMAIL, Progress, Scenario, Step};
pub use shop::{DOMAIN, currency, time_zone};
pub use summary::{Sendings, Summary, Taken};
pub use truth::{CampaignTruth, RADIO, Truth, UNKNOWN};
pub use visit::{Request, Visit};
