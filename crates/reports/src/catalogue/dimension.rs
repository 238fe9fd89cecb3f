//! A dimension: what numbers can be split by.

use serde::Serialize;
use utoipa::ToSchema;

use crate::catalogue::Words;

/// Something that facts can be split and filtered by.
#[derive(Debug, Clone, Copy)]
pub struct Dimension {
    pub key: &'static str,
    pub kind: DimensionKind,
    pub group: DimensionGroup,
    pub title: Words,
    pub definition: Words,
}

/// Where the value comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DimensionKind {
    Channel,
    Subchannel,
    /// A column of the labels.
    Label(&'static str),
    /// A column of the raw traffic dictionary.
    Raw(&'static str),
    /// The page of a hit; of a visit, its first page.
    Page,
    LandingPage,
    /// The page that was seen last in the visit.
    ExitPage,
    /// What a hit of one of these kinds is called: an event's name, a link's address.
    Named(&'static [&'static str]),
    /// What an event says of the property that the question names.
    Property,
    /// Which properties an event came with.
    PropertyNames,
    /// What somebody looked for on the site.
    SearchTerm,
    /// A column that hits and visits share.
    Visitor(&'static str),
    Site,
    Link,
    /// The ad platform of a cost.
    Platform,
    /// What the lead of an outcome is.
    LeadStatus,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DimensionGroup {
    Traffic,
    Raw,
    Page,
    Visitor,
    Cost,
    Lead,
}

impl Dimension {
    /// Its values are what pages told with single events: order numbers, names, addresses.
    #[must_use]
    pub fn tells_single_events(&self) -> bool {
        match self.kind {
            DimensionKind::Property | DimensionKind::PropertyNames | DimensionKind::SearchTerm => {
                true
            }
            DimensionKind::Named(kinds) => !kinds.contains(&"event"),
            _ => false,
        }
    }
}

impl DimensionKind {
    /// The value is an id, which can be equal but has no parts to look into.
    #[must_use]
    pub fn is_id(self) -> bool {
        matches!(
            self,
            Self::Channel | Self::Subchannel | Self::Site | Self::Link
        )
    }
}
