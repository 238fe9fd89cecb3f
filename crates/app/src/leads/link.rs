//! Which visit a lead or deal came from: its clues looked up among the facts, then decided.

use std::collections::{BTreeSet, HashMap};

use base::{FactId, Stamp, Traffic, TrafficKey, UnixMillis, VisitId, VisitorId, WorkspaceId};
use domain::lead::{LinkCandidate, LinkEvidence, LinkMethod, decide_link};
use store::leads::Lead;
use warehouse::{Parameter, Sql, Table, Value};

use crate::activity::int;
use crate::{App, AppError};

/// A visit number that no fact has yet is waited for this long: its facts are still being loaded.
pub(super) const WAITING_MS_MAX: i64 = 48 * 60 * 60 * 1000;

/// What a lead or deal says of its own origin.
#[derive(Debug, Clone, Default)]
pub(crate) struct Clues {
    pub(crate) visit: Option<VisitId>,
    /// Our own click id or a platform's.
    pub(crate) click: Option<String>,
    pub(crate) visitor: Option<VisitorId>,
    pub(crate) declared: Option<Traffic>,
}

/// The decision, as leads and deals keep it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Link {
    pub(crate) method: LinkMethod,
    pub(crate) visit: Option<VisitId>,
    /// While the facts of the visit are not loaded yet, the one that was named, if any.
    pub(crate) visitor: Option<VisitorId>,
    pub(crate) declared: Option<Traffic>,
    pub(crate) traffic: Option<TrafficKey>,
}

/// What to look up for a batch.
#[derive(Debug, Clone, Default)]
pub(crate) struct Wanted {
    visits: BTreeSet<VisitId>,
    visitors: BTreeSet<VisitorId>,
    clicks: BTreeSet<String>,
    /// Platforms' clicks before this are not looked at.
    clicks_from: UnixMillis,
}

/// A visit that facts tell of.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sighting {
    candidate: LinkCandidate,
    traffic: TrafficKey,
}

/// What the facts know of the clues of a batch.
#[derive(Debug, Clone, Default)]
pub(crate) struct Sightings {
    visits: HashMap<VisitId, Sighting>,
    /// In order of time.
    visitors: HashMap<VisitorId, Vec<Sighting>>,
    clicks: HashMap<String, Sighting>,
}

impl Wanted {
    /// Everything but the clicks of platforms from before a moment: click ids have no index, so
    /// what is looked up again and again must not read all of history.
    pub(crate) fn clicked_since(from: UnixMillis) -> Self {
        Self {
            clicks_from: from,
            ..Self::default()
        }
    }

    pub(crate) fn add(&mut self, clues: &Clues) {
        self.visits.extend(clues.visit);
        self.visitors.extend(clues.visitor);
        // The separator of the list cannot be part of a click id.
        self.clicks.extend(
            clues
                .click
                .iter()
                .filter(|id| !id.contains('\u{1f}'))
                .cloned(),
        );
    }
}

impl App {
    /// Looks the clues up. A warehouse that does not answer must not lose a lead: then nothing
    /// is known now, and the link is made later.
    pub(crate) async fn sightings(&self, workspace: WorkspaceId, wanted: Wanted) -> Sightings {
        match self.look_up(workspace, &wanted).await {
            Ok(found) => found,
            Err(error) => {
                tracing::warn!(%error, "leads are linked later: their visits cannot be looked up");
                Sightings::default()
            }
        }
    }

    /// # Errors
    /// When the warehouse does not answer.
    pub(super) async fn look_up(
        &self,
        workspace: WorkspaceId,
        wanted: &Wanted,
    ) -> Result<Sightings, AppError> {
        let mut found = Sightings::default();
        let list = |items: Vec<String>, separator: &str| {
            vec![
                Parameter::Int(workspace.0),
                Parameter::Text(items.join(separator)),
            ]
        };
        if !wanted.visits.is_empty() {
            let ids = list(
                wanted.visits.iter().map(|id| id.0.to_string()).collect(),
                ",",
            );
            let sql = Sql {
                duck_db: include_str!("../queries/visits_seen.sql"),
                click_house: include_str!("../queries/visits_seen.ch.sql"),
            };
            let table = self.look_table_up(sql, ids).await?;
            let seen = sightings(&table);
            found.visits = seen.map(|(seen, _)| (seen.candidate.visit, seen)).collect();
        }
        if !wanted.visitors.is_empty() {
            let ids = list(
                wanted.visitors.iter().map(|id| id.0.to_string()).collect(),
                ",",
            );
            let sql = Sql {
                duck_db: include_str!("../queries/visitors_seen.sql"),
                click_house: include_str!("../queries/visitors_seen.ch.sql"),
            };
            for (seen, _) in sightings(&self.look_table_up(sql, ids).await?) {
                found
                    .visitors
                    .entry(seen.candidate.visitor)
                    .or_default()
                    .push(seen);
            }
        }
        if !wanted.clicks.is_empty() {
            let mut ids = list(wanted.clicks.iter().cloned().collect(), "\u{1f}");
            ids.push(Parameter::Int(wanted.clicks_from.0));
            let mut clicks = wanted.clicks.iter();
            let only = clicks.next().filter(|_| clicks.next().is_none());
            ids.push(Parameter::Text(only.cloned().unwrap_or_default()));
            let sql = Sql {
                duck_db: include_str!("../queries/platform_clicks_seen.sql"),
                click_house: include_str!("../queries/platform_clicks_seen.ch.sql"),
            };
            for (seen, row) in sightings(&self.look_table_up(sql, ids).await?) {
                let id = row.get(4).and_then(Value::display).unwrap_or_default();
                found.clicks.entry(id).or_insert(seen);
            }
            self.look_up_own_clicks(workspace, &wanted.clicks, &mut found)
                .await?;
        }
        Ok(found)
    }

    async fn look_up_own_clicks(
        &self,
        workspace: WorkspaceId,
        clicks: &BTreeSet<String>,
        found: &mut Sightings,
    ) -> Result<(), AppError> {
        let own: HashMap<FactId, &String> = clicks
            .iter()
            .filter_map(|text| Some((text.parse().ok()?, text)))
            .collect();
        if own.is_empty() {
            return Ok(());
        }
        let parts = |id: &FactId| {
            let stamp = Stamp::of(*id);
            format!("{}:{}:{}", stamp.at.0, stamp.mark, stamp.visit.0)
        };
        let ids: Vec<String> = own.keys().map(parts).collect();
        let parameters = vec![Parameter::Int(workspace.0), Parameter::Text(ids.join(","))];
        let sql = Sql {
            duck_db: include_str!("../queries/own_clicks_seen.sql"),
            click_house: include_str!("../queries/own_clicks_seen.ch.sql"),
        };
        for (seen, row) in sightings(&self.look_table_up(sql, parameters).await?) {
            let id = stamped_id(seen.candidate.visit, row);
            if let Some(text) = id.and_then(|id| own.get(&id)) {
                found.clicks.insert((*text).clone(), seen);
            }
        }
        Ok(())
    }
}

impl Sightings {
    /// Decides by the clues and by earlier leads of the same contact.
    pub(crate) fn decide(
        &self,
        workspace: WorkspaceId,
        clues: &Clues,
        earlier: &[&Lead],
        at: UnixMillis,
        now: UnixMillis,
    ) -> Link {
        let numbered = clues.visit.and_then(|id| self.visits.get(&id));
        let clicked = clues.click.as_ref().and_then(|id| self.clicks.get(id));
        let by_contact: Vec<Sighting> = earlier.iter().copied().filter_map(sighting_of).collect();
        if let (Some(visit), None) = (clues.visit, numbered)
            && now.since_ms(at) <= WAITING_MS_MAX
        {
            return Link::waiting(workspace, visit, clues);
        }
        let named = match (numbered, clicked) {
            (None, None) => clues.visitor.and_then(|visitor| self.latest(visitor, at)),
            _ => numbered,
        };
        let decided = decide_link(
            LinkEvidence {
                by_visit_number: named.map(|seen| seen.candidate),
                by_click_id: clicked.map(|seen| seen.candidate),
                by_contact: by_contact.iter().map(|seen| seen.candidate).collect(),
                declared: clues.declared.clone(),
            },
            at,
        );
        let known = || named.into_iter().chain(clicked).chain(&by_contact);
        let traffic = decided.visit.and_then(|visit| {
            known()
                .find(|seen| seen.candidate.visit == visit.visit)
                .map(|seen| seen.traffic)
        });
        let declared_key = decided
            .declared
            .as_ref()
            .map(|traffic| traffic.key(workspace));
        Link {
            method: decided.method,
            visit: decided.visit.map(|visit| visit.visit),
            visitor: decided.visit.map(|visit| visit.visitor),
            declared: decided.declared,
            traffic: traffic.filter(|key| key.0 != 0).or(declared_key),
        }
    }

    fn latest(&self, visitor: VisitorId, at: UnixMillis) -> Option<&Sighting> {
        let seen = self.visitors.get(&visitor)?;
        seen.iter()
            .rev()
            .find(|seen| seen.candidate.at <= at)
            .or(seen.first())
    }
}

impl Link {
    /// The visit is so new that its facts are not loaded, or there is none. Until that is clear,
    /// the lead counts for the visitor or the source that was named beside the number.
    fn waiting(workspace: WorkspaceId, visit: VisitId, clues: &Clues) -> Self {
        let declared = clues.declared.clone().filter(|named| !named.is_direct());
        Self {
            method: LinkMethod::Waiting,
            visit: Some(visit),
            visitor: clues.visitor,
            traffic: declared.as_ref().map(|traffic| traffic.key(workspace)),
            declared,
        }
    }
}

/// Whether a lead or deal is not decided yet, by the name of the method that it keeps.
pub(crate) fn is_waiting(method: &str) -> bool {
    method == LinkMethod::Waiting.name()
}

/// The visit that an earlier lead of the same person is linked to.
fn sighting_of(lead: &Lead) -> Option<Sighting> {
    let details = &lead.details;
    if is_waiting(&details.link_method) {
        return None;
    }
    Some(Sighting {
        candidate: LinkCandidate {
            visit: details.visit_id?,
            visitor: details.visitor_id?,
            at: details.at,
        },
        traffic: details.traffic_key.unwrap_or(TrafficKey(0)),
    })
}

fn sightings(table: &Table) -> impl Iterator<Item = (Sighting, &Vec<Value>)> {
    table.rows.iter().filter_map(|row| {
        let candidate = LinkCandidate {
            visit: VisitId(key(row, 0)?),
            visitor: VisitorId(key(row, 1)?),
            at: UnixMillis(int(row, 2)?),
        };
        Some((
            Sighting {
                candidate,
                traffic: TrafficKey(key(row, 3)?),
            },
            row,
        ))
    })
}

/// The id of a click that was found.
fn stamped_id(visit: VisitId, row: &[Value]) -> Option<FactId> {
    let stamp = Stamp {
        at: UnixMillis(int(row, 4)?),
        mark: key(row, 5).and_then(|mark| u16::try_from(mark).ok())?,
        visit,
    };
    Some(stamp.id())
}

/// An unsigned key of a row.
pub(crate) fn key(row: &[Value], column: usize) -> Option<u64> {
    row.get(column)
        .and_then(Value::int)
        .and_then(|number| u64::try_from(number).ok())
}
