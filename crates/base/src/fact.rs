//! The fact record: what happened, when, with its dimensions and signed measures. Never edited.

use serde::{Deserialize, Serialize};

use crate::{
    ChannelId, Currency, Day, DealId, FactId, HistoryRow, Hit, ImportId, LeadId, Traffic,
    UnixMillis, VisitId, VisitorId, WorkspaceId,
};

/// One entry of the journal, and the source of one or more warehouse rows.
///
/// Variants are only ever appended (at the end): the journal is read for years. A field more would
/// make older entries unreadable, so what is new to tell is a variant of its own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Fact {
    Hit(Box<Hit>),
    Outcome(Box<Outcome>),
    Cost(Box<CostFact>),
    LeadState(Box<LeadState>),
    /// A cost whose platform tells no clicks, which is not to say that there were none.
    UnclickedCost(Box<CostFact>),
    /// A hit that stands in a file, such as a web server's log.
    FiledHit(Box<FiledHit>),
    /// Takes the hits or the history of an import back. None of them may come after it.
    Withdrawal(Box<Withdrawal>),
    /// A cost with what its platform says that it brought.
    SaidCost(Box<SaidCost>),
    /// What another tool counted on a day of a site.
    History(Box<HistoryRow>),
}

/// The layout of encoded facts. It is raised when older entries can no longer be read.
pub const FACT_FORMAT: u32 = 2;

/// A change of a lead, a deal or its money.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcome {
    pub id: FactId,
    pub workspace: WorkspaceId,
    pub kind: OutcomeKind,
    /// When it happened: a payment's own time, a status change's own time.
    pub at: UnixMillis,
    pub recorded: UnixMillis,
    /// Creation of the lead, or of the deal when there is no lead.
    pub created: UnixMillis,
    pub lead: Option<LeadId>,
    pub deal: Option<DealId>,
    pub visitor: Option<VisitorId>,
    pub visit: Option<VisitId>,
    /// Source given by hand or by an import, used where no visit is known.
    pub declared: Option<Box<Traffic>>,
    pub leads: i32,
    pub qualified: i32,
    pub deals: i32,
    pub sales: i32,
    /// First paid order of a customer.
    pub customers: i32,
    /// Money in the workspace's currency, net of VAT.
    pub revenue_micros: i64,
    /// VAT on the revenue.
    pub vat_micros: i64,
    /// Returned money, net of VAT, as a positive number; revenue is already reduced by it.
    pub refunds_micros: i64,
    pub cost_of_goods_micros: i64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum OutcomeKind {
    Lead,
    LeadStatus,
    Deal,
    DealStatus,
    Payment,
    Refund,
    CostOfGoods,
}

/// A signed difference of ad cost for a day and an ad entity.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CostFact {
    pub id: FactId,
    pub workspace: WorkspaceId,
    /// Local day of the workspace, as the platform reports it.
    pub day: Day,
    pub recorded: UnixMillis,
    pub import: ImportId,
    /// `google_ads`, `yandex_direct`, `manual` …
    pub platform: String,
    pub traffic: Traffic,
    pub channel: Option<ChannelId>,
    pub impressions: i64,
    pub clicks: i64,
    /// In the workspace's currency, without VAT, with the mark-up.
    pub cost_micros: i64,
    pub vat_micros: i64,
    pub original_micros: i64,
    pub original_currency: Currency,
}

/// A cost with the conversions that its platform counts to itself. They are its word alone: what
/// leads and sales there were, outcomes tell.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SaidCost {
    pub cost: CostFact,
    /// As of a [`Fact::UnclickedCost`].
    pub is_unclicked: bool,
    /// In millionths: platforms share a conversion out among ads.
    pub conversions_micros: i64,
    /// In the workspace's currency.
    pub value_micros: i64,
}

/// What a lead is from one of its versions on. It counts nothing: outcomes do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeadState {
    pub id: FactId,
    pub workspace: WorkspaceId,
    pub lead: LeadId,
    /// Of the lead; the highest one tells what it is.
    pub version: i64,
    pub recorded: UnixMillis,
    /// `new`, `qualified` …
    pub status: String,
}

/// A hit with the import that brought it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FiledHit {
    pub import: ImportId,
    pub hit: Hit,
}

/// What the hits, or the days of another tool, of an import said counts no longer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Withdrawal {
    pub id: FactId,
    pub workspace: WorkspaceId,
    pub import: ImportId,
    pub recorded: UnixMillis,
}

/// Bytes that are no fact of this or an earlier version.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a journal entry of {0} bytes is not a fact that this version knows")]
pub struct FactFormatError(pub usize);

/// Room for nearly every fact, so that encoding one grows nothing.
const ENCODED_BYTES_USUAL: usize = 512;

impl Fact {
    /// The compact form that the journal keeps.
    ///
    /// # Errors
    /// Never for a fact whose fields have serialisable sizes; kept for the encoder's own errors.
    pub fn encode(&self) -> Result<Vec<u8>, FactFormatError> {
        postcard::to_extend(self, Vec::with_capacity(ENCODED_BYTES_USUAL))
            .map_err(|_| FactFormatError(0))
    }

    /// # Errors
    /// When the bytes are not a fact.
    pub fn decode(bytes: &[u8]) -> Result<Self, FactFormatError> {
        postcard::from_bytes(bytes).map_err(|_| FactFormatError(bytes.len()))
    }

    #[must_use]
    pub fn workspace(&self) -> WorkspaceId {
        match self {
            Self::Hit(hit) => hit.workspace,
            Self::FiledHit(filed) => filed.hit.workspace,
            Self::Outcome(outcome) => outcome.workspace,
            Self::Cost(cost) | Self::UnclickedCost(cost) => cost.workspace,
            Self::SaidCost(said) => said.cost.workspace,
            Self::LeadState(state) => state.workspace,
            Self::Withdrawal(withdrawal) => withdrawal.workspace,
            Self::History(row) => row.workspace,
        }
    }

    #[must_use]
    pub fn id(&self) -> FactId {
        match self {
            Self::Hit(hit) => hit.fact_id(),
            Self::FiledHit(filed) => filed.hit.fact_id(),
            Self::Outcome(outcome) => outcome.id,
            Self::Cost(cost) | Self::UnclickedCost(cost) => cost.id,
            Self::SaidCost(said) => said.cost.id,
            Self::LeadState(state) => state.id,
            Self::Withdrawal(withdrawal) => withdrawal.id,
            Self::History(row) => row.id,
        }
    }

    #[must_use]
    pub fn recorded(&self) -> UnixMillis {
        match self {
            Self::Hit(hit) => hit.recorded(),
            Self::FiledHit(filed) => filed.hit.recorded(),
            Self::Outcome(outcome) => outcome.recorded,
            Self::Cost(cost) | Self::UnclickedCost(cost) => cost.recorded,
            Self::SaidCost(said) => said.cost.recorded,
            Self::LeadState(state) => state.recorded,
            Self::Withdrawal(withdrawal) => withdrawal.recorded,
            Self::History(row) => row.recorded,
        }
    }

    #[must_use]
    pub fn hit(&self) -> Option<&Hit> {
        match self {
            Self::Hit(hit) => Some(hit),
            Self::FiledHit(filed) => Some(&filed.hit),
            Self::Outcome(_)
            | Self::Cost(_)
            | Self::LeadState(_)
            | Self::UnclickedCost(_)
            | Self::SaidCost(_)
            | Self::History(_)
            | Self::Withdrawal(_) => None,
        }
    }

    /// The import that brought a hit; none where it came at a door.
    #[must_use]
    pub fn import_of_hit(&self) -> Option<ImportId> {
        match self {
            Self::FiledHit(filed) => Some(filed.import),
            _ => None,
        }
    }

    #[must_use]
    pub fn outcome(&self) -> Option<&Outcome> {
        match self {
            Self::Outcome(outcome) => Some(outcome),
            _ => None,
        }
    }

    #[must_use]
    pub fn cost(&self) -> Option<&CostFact> {
        match self {
            Self::Cost(cost) | Self::UnclickedCost(cost) => Some(cost),
            Self::SaidCost(said) => Some(&said.cost),
            _ => None,
        }
    }

    /// The clicks of a cost, where its platform tells them.
    #[must_use]
    pub fn told_clicks(&self) -> Option<i64> {
        match self {
            Self::Cost(cost) => Some(cost.clicks),
            Self::SaidCost(said) => (!said.is_unclicked).then_some(said.cost.clicks),
            _ => None,
        }
    }

    /// Conversions that the platform of a cost counts to itself, and their value, in millionths.
    #[must_use]
    pub fn said_conversions(&self) -> (i64, i64) {
        match self {
            Self::SaidCost(said) => (said.conversions_micros, said.value_micros),
            _ => (0, 0),
        }
    }

    #[must_use]
    pub fn lead_state(&self) -> Option<&LeadState> {
        match self {
            Self::LeadState(state) => Some(state),
            _ => None,
        }
    }

    #[must_use]
    pub fn history(&self) -> Option<&HistoryRow> {
        match self {
            Self::History(row) => Some(row),
            _ => None,
        }
    }

    #[must_use]
    pub fn withdrawal(&self) -> Option<&Withdrawal> {
        match self {
            Self::Withdrawal(withdrawal) => Some(withdrawal),
            _ => None,
        }
    }
}

impl OutcomeKind {
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Lead => "lead",
            Self::LeadStatus => "lead_status",
            Self::Deal => "deal",
            Self::DealStatus => "deal_status",
            Self::Payment => "payment",
            Self::Refund => "refund",
            Self::CostOfGoods => "cost_of_goods",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cost() -> Fact {
        Fact::Cost(Box::new(CostFact {
            id: FactId(7),
            workspace: WorkspaceId(1),
            day: Day(20_000),
            recorded: UnixMillis(5),
            import: ImportId(3),
            platform: "google_ads".to_owned(),
            traffic: Traffic {
                source: "google".to_owned(),
                ..Traffic::default()
            },
            channel: None,
            impressions: 10,
            clicks: -1,
            cost_micros: 1_500_000,
            vat_micros: 0,
            original_micros: 1_500_000,
            original_currency: "EUR".parse().unwrap(),
        }))
    }

    #[test]
    fn a_fact_reads_back_from_the_journal() {
        let bytes = cost().encode().unwrap();
        assert_eq!(Fact::decode(&bytes), Ok(cost()));
    }

    /// The entry of a journal that was written before there were states of leads.
    const COST_OF_AN_EARLIER_VERSION: &[u8] = &[
        2, 7, 2, 192, 184, 2, 10, 6, 10, 103, 111, 111, 103, 108, 101, 95, 97, 100, 115, 6, 103,
        111, 111, 103, 108, 101, 0, 0, 0, 0, 0, 0, 0, 0, 0, 20, 1, 192, 141, 183, 1, 0, 192, 141,
        183, 1, 3, 69, 85, 82,
    ];

    #[test]
    fn an_entry_of_an_earlier_version_still_reads() {
        assert_eq!(Fact::decode(COST_OF_AN_EARLIER_VERSION), Ok(cost()));
        assert_eq!(cost().encode().unwrap(), COST_OF_AN_EARLIER_VERSION);
    }

    #[test]
    fn a_cost_without_told_clicks_is_a_cost_of_unknown_clicks() {
        let Fact::Cost(of_cost) = cost() else {
            panic!("a cost")
        };
        let untold = Fact::UnclickedCost(of_cost.clone());
        let read = Fact::decode(&untold.encode().unwrap()).unwrap();
        assert_eq!((read.cost(), read.told_clicks()), (Some(&*of_cost), None));
        assert_eq!(cost().told_clicks(), Some(-1));
    }

    #[test]
    fn what_a_platform_says_goes_with_its_cost() {
        let Fact::Cost(of_cost) = cost() else {
            panic!("a cost")
        };
        let said = Fact::SaidCost(Box::new(SaidCost {
            cost: *of_cost.clone(),
            is_unclicked: true,
            conversions_micros: 2_500_000,
            value_micros: 7,
        }));
        let read = Fact::decode(&said.encode().unwrap()).unwrap();
        assert_eq!((read.cost(), read.told_clicks()), (Some(&*of_cost), None));
        assert_eq!(read.said_conversions(), (2_500_000, 7));
        assert_eq!(read.id(), cost().id());
    }

    #[test]
    fn other_bytes_are_refused() {
        assert_eq!(Fact::decode(&[9, 9, 9]), Err(FactFormatError(3)));
    }
}
