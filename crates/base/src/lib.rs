//! Words everyone shares: typed ids, money, ratios, time and the fact record.
//!
//! This crate knows no I/O, no async, no SQL and no HTTP.

mod described;
mod fact;
mod history;
mod hit;
mod id;
mod money;
mod network;
mod pseudonym;
mod ratio;
mod spreadsheet;
mod stamp;
mod time;
mod traffic;

pub use described::Described;
pub use fact::{
    CostFact, FACT_FORMAT, Fact, FactFormatError, FiledHit, LeadState, Outcome, OutcomeKind,
    SaidCost, Withdrawal,
};
pub use history::{HistoryAbout, HistoryCounts, HistoryRow, HistoryTool};
pub use hit::{Agent, BotReason, ClickIdKind, Country, Device, Hit, HitKind, Page};
pub use id::{
    CampaignId, ChannelId, DealId, FactId, FlowId, IdError, ImportId, LandingId, LeadId, LinkId,
    OfferId, PaymentId, SiteId, TrafficKey, UserId, VisitId, VisitorId, WorkspaceId,
};
pub use money::{
    BasisPoints, Currency, MICROS_PER_UNIT, Money, MoneyError, allocate, decimal_of_micros,
    parse_decimal_micros,
};
pub use network::{Cidr, CidrError, network_of};
pub use pseudonym::Pseudonym;
pub use ratio::Ratio;
pub use spreadsheet::{plain_cell, safe_cell};
pub use stamp::{HitId, Stamp};
pub use time::{Day, DayRange, TimeZone, TimeZoneError, UnixMillis};
pub use traffic::Traffic;
