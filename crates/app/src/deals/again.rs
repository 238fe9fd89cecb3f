//! Converting deals and payments again at the rates of today's table.

use std::collections::{BTreeMap, HashMap};

use base::DealId;
use store::Tx;
use store::deals::{DealPosted, ForeignSpan, list_foreign_deals};

use super::desk::Again;
use super::{Desk, Shelf};
use crate::AppError;

/// Deals that are converted between two looks at the store.
const PAGE_DEALS: i64 = 500;

/// What became of the amounts of one kind, in micro-units of the workspace's currency.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Converted {
    /// How many amounts are others now.
    pub(crate) changed: u64,
    pub(crate) before_micros: i64,
    pub(crate) after_micros: i64,
}

/// A kind of money with its sum among what a deal has posted.
type Kind = (&'static str, fn(&DealPosted) -> i64);

/// The kinds in the order in which they are told.
const KINDS: [Kind; 4] = [
    ("revenue", |sums| sums.revenue_micros),
    ("vat", |sums| sums.vat_micros),
    ("refunds", |sums| sums.refunds_micros),
    ("cost_of_goods", |sums| sums.cost_of_goods_micros),
];

impl Converted {
    fn add(&mut self, before: i64, after: i64) {
        if before != after {
            self.changed += 1;
            self.before_micros = self.before_micros.saturating_add(before);
            self.after_micros = self.after_micros.saturating_add(after);
        }
    }
}

/// Posts what the rates make of the amounts now, and tells by kind what that changed.
pub(crate) async fn convert_deals(
    tx: &mut Tx,
    desk: &mut Desk,
    again: Again,
) -> Result<Vec<(&'static str, Converted)>, AppError> {
    desk.convert_again(again);
    let workspace = desk.workspace.id;
    let (from, before) = desk.span_of(again.days);
    let span = ForeignSpan {
        home: desk.terms.currency,
        currency: again.currency,
        from,
        before,
    };
    let mut totals: BTreeMap<usize, Converted> = BTreeMap::new();
    let mut after = DealId(0);
    loop {
        let page = list_foreign_deals(tx, workspace, &span, after, PAGE_DEALS).await?;
        let Some(last) = page.last() else {
            let total = |place| totals.get(&place).copied().unwrap_or_default();
            let kinds = KINDS.iter().enumerate();
            return Ok(kinds
                .map(|(place, (kind, _))| (*kind, total(place)))
                .collect());
        };
        after = last.id;
        let ids: Vec<DealId> = page.iter().map(|deal| deal.id).collect();
        let mut shelf = Shelf::open(tx, workspace).await?;
        shelf.fetch(tx, &ids).await?;
        // Other deals of a customer may change with this one: each is told where it is posted.
        let was = posted(&shelf)?;
        for id in ids {
            desk.settle(&mut shelf, id)?;
        }
        for (id, is) in posted(&shelf)? {
            let Some(was) = was.get(&id) else { continue };
            for (place, (_, of)) in KINDS.iter().enumerate() {
                totals.entry(place).or_default().add(of(was), of(&is));
            }
        }
        shelf.save(tx, desk.now).await?;
    }
}

fn posted(shelf: &Shelf) -> Result<HashMap<DealId, DealPosted>, AppError> {
    let posted = shelf.posted();
    posted.map(|(id, book)| Ok((id, book.sums()?))).collect()
}
