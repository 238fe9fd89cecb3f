//! Base measures: the additive sums, and the few distinct counts, that metrics are made of.

/// A number that is summed (or counted distinctly) over facts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Measure {
    TrackedClicks,
    /// Tracked clicks of days and campaigns for which no platform reported any.
    UnreportedClicks,
    PageViews,
    Events,
    /// Different visitors with an event.
    EventVisitors,
    FormSubmits,
    OutboundClicks,
    Downloads,
    /// Searches on the site, told by an event or by the address of a page of results.
    Searches,
    /// Those of which it was told that they found nothing.
    EmptySearches,
    /// Of events, in the workspace's currency.
    EventRevenue,
    EngagedMs,
    /// The deepest scroll in percent of every page of a visit, summed.
    ScrollPercent,
    /// Pages of visits whose scroll depth was reported.
    ScrolledPages,
    /// Different visitors with a visit.
    Visitors,
    Visits,
    Bounces,
    /// From the first to the last thing in a visit, in milliseconds.
    LastedMs,
    /// Of days that another tool counted: visitors of each day, added up.
    PastVisitors,
    PastVisits,
    PastPageViews,
    PastEvents,
    PastBounces,
    /// Visits of which it is told which were bounces.
    PastBounceable,
    PastLastedMs,
    /// Visits of which it is told how long they lasted.
    PastTimed,
    PastPagedViews,
    /// Visits of which it is told how many pages they saw.
    PastPaged,
    Leads,
    Qualified,
    Deals,
    Sales,
    Customers,
    Revenue,
    Vat,
    Refunds,
    CostOfGoods,
    /// Milliseconds from creation to payment, summed over sales.
    CycleMs,
    Payers,
    Impressions,
    /// Impressions for which the platform tells clicks as well, were it none.
    ClickableImpressions,
    AdClicks,
    Cost,
    CostVat,
    /// Conversions that platforms count to themselves.
    SaidConversions,
    /// What they say that these are worth.
    SaidValue,
    /// Acquired customers that have reached an age of so many days.
    Grown(u16),
    /// Gross profit that customers of that age brought until they reached it.
    GrownProfit(u16),
    /// Gross profit of all acquired customers in their first so many days.
    EarlyProfit(u16),
}

/// Which facts a measure is summed over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Source {
    Hits,
    /// Hits that platforms do not report themselves.
    Unreported,
    Visits,
    Outcomes,
    Costs,
    /// Customers by their acquisition, with what they brought afterwards.
    Cohorts,
    /// Pages of visits, with how far they were scrolled.
    Scrolls,
    /// Visits, with how long each lasted.
    Durations,
    /// Days that another tool counted.
    History,
}

/// How a measure behaves when groups are put together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Adds {
    Sum,
    /// Summed, in millionths, because an outcome may be owed to several touches.
    Shares,
    /// Counted distinctly: a total must be asked for, it is no sum of its parts.
    Distinct,
}

/// Ages at which lifetime value is told, in days.
pub const LIFETIME_AGES_DAYS: [u16; 4] = [30, 90, 180, 365];

/// Steps in which payback is looked for, in days.
pub const PAYBACK_STEPS_DAYS: [u16; 12] = [30, 60, 90, 120, 150, 180, 210, 240, 270, 300, 330, 360];

impl Measure {
    #[must_use]
    pub fn source(self) -> Source {
        match self {
            Self::TrackedClicks
            | Self::PageViews
            | Self::Events
            | Self::EventVisitors
            | Self::FormSubmits
            | Self::OutboundClicks
            | Self::Downloads
            | Self::Searches
            | Self::EmptySearches
            | Self::EventRevenue
            | Self::EngagedMs => Source::Hits,
            Self::ScrollPercent | Self::ScrolledPages => Source::Scrolls,
            Self::UnreportedClicks => Source::Unreported,
            Self::Visits | Self::Bounces | Self::Visitors => Source::Visits,
            Self::LastedMs => Source::Durations,
            Self::PastVisitors
            | Self::PastVisits
            | Self::PastPageViews
            | Self::PastEvents
            | Self::PastBounces
            | Self::PastBounceable
            | Self::PastLastedMs
            | Self::PastTimed
            | Self::PastPagedViews
            | Self::PastPaged => Source::History,
            Self::Leads
            | Self::Qualified
            | Self::Deals
            | Self::Sales
            | Self::Customers
            | Self::Revenue
            | Self::Vat
            | Self::Refunds
            | Self::CostOfGoods
            | Self::CycleMs
            | Self::Payers => Source::Outcomes,
            Self::Impressions
            | Self::ClickableImpressions
            | Self::AdClicks
            | Self::Cost
            | Self::CostVat
            | Self::SaidConversions
            | Self::SaidValue => Source::Costs,
            Self::Grown(_) | Self::GrownProfit(_) | Self::EarlyProfit(_) => Source::Cohorts,
        }
    }

    #[must_use]
    pub fn adds(self) -> Adds {
        match self.source() {
            _ if matches!(self, Self::Visitors | Self::EventVisitors | Self::Payers) => {
                Adds::Distinct
            }
            Source::Outcomes | Source::Cohorts => Adds::Shares,
            Source::Hits
            | Source::Unreported
            | Source::Visits
            | Source::Costs
            | Source::Scrolls
            | Source::Durations
            | Source::History => Adds::Sum,
        }
    }

    /// No sum by days has it: it is read from the hits themselves.
    #[must_use]
    pub fn is_of_hits_alone(self) -> bool {
        matches!(
            self,
            Self::EventVisitors
                | Self::OutboundClicks
                | Self::Downloads
                | Self::Searches
                | Self::EmptySearches
                | Self::EventRevenue
        )
    }

    /// Decimal places between the number in shares, as computed, and its natural unit: a count,
    /// a unit of currency, a second.
    #[must_use]
    pub fn exponent(self) -> i32 {
        const SHARES: i32 = 6;
        match self {
            _ if self.is_time() => SHARES + 3,
            // Platforms share a conversion out among ads.
            Self::SaidConversions => SHARES + 6,
            _ if self.is_money() => SHARES + 6,
            _ => SHARES,
        }
    }

    /// Whether it is counted in milliseconds.
    #[must_use]
    pub fn is_time(self) -> bool {
        matches!(
            self,
            Self::EngagedMs | Self::LastedMs | Self::PastLastedMs | Self::CycleMs
        )
    }

    /// The VAT that comes on top of it.
    #[must_use]
    pub fn vat(self) -> Option<Self> {
        match self {
            Self::Cost => Some(Self::CostVat),
            Self::Revenue => Some(Self::Vat),
            _ => None,
        }
    }

    /// The number says how many: it is neither money, nor time, nor depth.
    #[must_use]
    pub fn is_count(self) -> bool {
        !self.is_money() && !self.is_time() && self != Self::ScrollPercent
    }

    /// The number is money in millionths of the currency unit.
    #[must_use]
    pub fn is_money(self) -> bool {
        matches!(
            self,
            Self::Revenue
                | Self::EventRevenue
                | Self::Vat
                | Self::Refunds
                | Self::CostOfGoods
                | Self::Cost
                | Self::CostVat
                | Self::SaidValue
                | Self::GrownProfit(_)
                | Self::EarlyProfit(_)
        )
    }
}
