//! A lead: how it is linked to a visit, told from a duplicate, and what its status means.

mod duplicate;
mod link;
mod sale;
mod status;

pub use duplicate::{DUPLICATE_WINDOW_DAYS_DEFAULT, EarlierLead, NewLead, find_duplicate};
pub use link::{
    CONTACT_LINK_DAYS_MAX, LINK_CLOCK_SKEW_MS, LeadLink, LinkCandidate, LinkEvidence, LinkMethod,
    decide_link,
};
pub use sale::{LeadSale, Speaker, StatusWord, sold_since, statuses};
pub use status::{
    Lead, LeadEffect, LeadStatus, LeadStatusError, change_status, difference, receive, standing,
};
