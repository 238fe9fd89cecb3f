//! How visitors came, asked of the warehouse for many of them at once.

use std::collections::{BTreeSet, HashMap};

use base::{ClickIdKind, UnixMillis, VisitorId, WorkspaceId};
use domain::conversion::{Arrivals, Click, Platform};
use warehouse::{Parameter, Sql, Value};

use crate::activity::int;
use crate::leads::key;
use crate::{App, AppError};

/// Visitors of one question, whose answer is held in memory.
const VISITORS_AT_ONCE: usize = 5_000;

impl App {
    /// # Errors
    /// When the warehouse does not answer: what cannot be looked up is not told by guess.
    pub(super) async fn arrivals(
        &self,
        workspace: WorkspaceId,
        visitors: &BTreeSet<VisitorId>,
    ) -> Result<HashMap<VisitorId, Arrivals>, AppError> {
        let all: Vec<String> = visitors.iter().map(|id| id.0.to_string()).collect();
        let mut found: HashMap<VisitorId, Arrivals> = HashMap::new();
        for some in all.chunks(VISITORS_AT_ONCE) {
            let parameters = vec![Parameter::Int(workspace.0), Parameter::Text(some.join(","))];
            let sql = Sql {
                duck_db: include_str!("../queries/arrivals.sql"),
                click_house: include_str!("../queries/arrivals.ch.sql"),
            };
            let table = self.read_table_whole(sql, parameters).await?;
            for row in &table.rows {
                let (Some(visitor), Some(at)) = (key(row, 0), int(row, 1)) else {
                    continue;
                };
                let arrivals = found.entry(VisitorId(visitor)).or_default();
                let text = |column: usize| row.get(column).and_then(Value::display);
                let at = UnixMillis(at);
                match text(2).filter(|ids| !ids.is_empty()) {
                    Some(ids) => arrivals.clicks.extend(clicks(at, &ids)),
                    None => {
                        let kind = text(3).and_then(|name| kind_of(&name));
                        arrivals.visits.push((at, kind));
                    }
                }
            }
        }
        Ok(found)
    }
}

/// The column holds pairs such as `[["gclid","abc"]]`.
fn clicks(at: UnixMillis, ids: &str) -> Vec<Click> {
    let pairs: Vec<(String, String)> = serde_json::from_str(ids).unwrap_or_default();
    let clicks = pairs.into_iter().filter_map(|(name, id)| {
        let kind = kind_of(&name)?;
        Some(Click { at, kind, id })
    });
    clicks.collect()
}

/// Kinds that no platform is told by are left out.
fn kind_of(name: &str) -> Option<ClickIdKind> {
    let known = Platform::ALL.into_iter();
    let mut known = known.flat_map(|platform| platform.click_ids().iter().copied());
    known.find(|kind| kind.name() == name)
}
