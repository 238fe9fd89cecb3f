//! What is wrong with a definition, and where.

use std::fmt::Write as _;

use base::{CampaignId, LandingId, OfferId};

use super::chain::{ALTERNATIVES_MAX, HOPS_MAX};
use super::definition::{EXPRESSIONS_MAX, HOURS_MAX, HTML_BYTES_MAX, VALUE_CHARS_MAX, WEIGHT_MAX};
use crate::target::TargetError;

/// A part of the definitions that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {flaw}")]
pub struct Defect {
    pub about: About,
    /// Within the thing itself, e.g. `flows[3].rule.filters[0].values[2]`.
    pub place: String,
    pub flaw: Flaw,
}

/// Whose definition it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum About {
    /// Of the workspace as a whole.
    All,
    Campaign(CampaignId),
    Landing(LandingId),
    Offer(OfferId),
}

/// What is wrong.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Flaw {
    #[error("there are at most {0}")]
    TooMany(usize),
    #[error("the id is used already")]
    SameId,
    #[error("there is no time zone {0:?}")]
    NoZone(String),
    #[error("use 1 to {HOURS_MAX} hours")]
    Hours,
    #[error("use a weight of at most {WEIGHT_MAX}")]
    Weight,
    #[error("there is a default flow already")]
    SecondDefault,
    #[error("the default flow takes everyone: it has no filters")]
    FilteredDefault,
    #[error("name at least one landing page or offer")]
    NoPages,
    #[error("give at least one a weight above 0")]
    NothingToDraw,
    #[error("it is named twice")]
    Twice,
    #[error("there is no such campaign")]
    NoCampaign,
    #[error("there is no such landing page")]
    NoLanding,
    #[error("there is no such offer")]
    NoOffer,
    #[error("it leads in a circle, or through more than {HOPS_MAX} further campaigns")]
    CampaignCircle,
    #[error("it leads in a circle, or over more than {ALTERNATIVES_MAX} alternatives")]
    OfferCircle,
    #[error(transparent)]
    Target(#[from] TargetError),
    #[error("use at most {HTML_BYTES_MAX} bytes")]
    LongPage,
    #[error("name at least one value")]
    NoValue,
    #[error("name one value")]
    SeveralValues,
    #[error("use 1 to {VALUE_CHARS_MAX} characters; null stands for unknown")]
    Length,
    #[error("say which one")]
    NameMissing,
    #[error("it has no name")]
    NameUnwanted,
    #[error("sub ids are numbered from 1 to 30")]
    NoSub,
    #[error("{said:?} is none of {known}")]
    NotAmong { said: String, known: String },
    #[error("{0:?} is no country code of two letters")]
    NoCountry(String),
    #[error("{0:?} is no number of an autonomous system")]
    NoAsn(String),
    #[error("{0:?} is no part of a week such as 1-5 09:00-18:00")]
    NoHours(String),
    #[error("{0:?} are no days such as 2026-03-01..2026-03-31")]
    NoDays(String),
    #[error("{0:?} is no limit such as 100/hour, 100/day or 100/total")]
    NoLimit(String),
    #[error("{0:?} is no expression, or too large a one")]
    NoExpression(String),
    #[error("a workspace has at most {EXPRESSIONS_MAX} different expressions")]
    TooManyExpressions,
}

/// A flaw on its way up to the thing that it is about.
#[derive(Debug)]
pub(super) struct Misfit {
    /// The innermost first.
    path: Vec<(&'static str, Option<usize>)>,
    flaw: Flaw,
}

impl Flaw {
    /// The stable name, for programs and translations.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::TooMany(_) => "too_many",
            Self::SameId => "same_id",
            Self::NoZone(_) => "no_zone",
            Self::Hours => "hours",
            Self::Weight => "weight",
            Self::SecondDefault => "second_default",
            Self::FilteredDefault => "filtered_default",
            Self::NoPages => "no_pages",
            Self::NothingToDraw => "nothing_to_draw",
            Self::Twice => "twice",
            Self::NoCampaign => "no_campaign",
            Self::NoLanding => "no_landing",
            Self::NoOffer => "no_offer",
            Self::CampaignCircle => "campaign_circle",
            Self::OfferCircle => "offer_circle",
            Self::Target(error) => error.code(),
            Self::LongPage => "long_page",
            Self::NoValue => "no_value",
            Self::SeveralValues => "several_values",
            Self::Length => "length",
            Self::NameMissing => "name_missing",
            Self::NameUnwanted => "name_unwanted",
            Self::NoSub => "no_sub",
            Self::NotAmong { .. } => "not_among",
            Self::NoCountry(_) => "no_country",
            Self::NoAsn(_) => "no_asn",
            Self::NoHours(_) => "no_hours",
            Self::NoDays(_) => "no_days",
            Self::NoLimit(_) => "no_limit",
            Self::NoExpression(_) => "no_expression",
            Self::TooManyExpressions => "too_many_expressions",
        }
    }
}

impl From<Flaw> for Misfit {
    fn from(flaw: Flaw) -> Self {
        Self {
            path: Vec::new(),
            flaw,
        }
    }
}

impl Misfit {
    pub(super) fn within(mut self, field: &'static str) -> Self {
        self.path.push((field, None));
        self
    }

    pub(super) fn within_nth(mut self, field: &'static str, index: usize) -> Self {
        self.path.push((field, Some(index)));
        self
    }

    pub(super) fn about(self, about: About) -> Defect {
        let mut place = String::new();
        for (field, index) in self.path.iter().rev() {
            if !place.is_empty() {
                place.push('.');
            }
            place.push_str(field);
            if let Some(index) = index {
                let _ = write!(place, "[{index}]");
            }
        }
        Defect {
            about,
            place,
            flaw: self.flaw,
        }
    }
}
