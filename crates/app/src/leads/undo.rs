//! Taking back what an import said of leads.

use std::collections::BTreeMap;

use base::{ImportId, LeadId, UnixMillis, UserId};
use connect::columns::Kind;
use domain::layer::{Layer, TakenBack};
use domain::lead::LeadStatus;
use serde_json::{Value, json};
use store::Tx;
use store::deals::list_deals_of_leads;
use store::leads::{LeadDetails, LeadStatusChange, list_duplicates};

use super::book::{LeadBook, NewState};
use super::layers::{LEAD_LAYERS, restore, values};
use crate::assignees::Crew;
use crate::imports::{Kept, KeptWhy, Needer, Unwinding, Unwound, mark};
use crate::{Actor, App, AppError};

/// What taking leads back needs to know.
struct Undo<'a> {
    now: UnixMillis,
    author: Option<UserId>,
    crew: &'a Crew,
}

impl App {
    /// Takes an import's layer off these leads; what it alone brought is archived. Returns how
    /// many are left as they are, because somebody changed them since or something hangs on them.
    pub(crate) async fn take_back_leads(
        &self,
        tx: &mut Tx,
        actor: &Actor,
        import: ImportId,
        records: &[i64],
    ) -> Result<i64, AppError> {
        let (now, workspace) = (self.now(), actor.workspace);
        let mut unwinding = Unwinding::open(tx, workspace, LEAD_LAYERS, import, records).await?;
        let ids: Vec<LeadId> = records.iter().copied().map(LeadId).collect();
        let mut book = LeadBook::open(tx, workspace, now).await?;
        book.fetch(tx, &ids).await?;
        let mut hanging = BTreeMap::new();
        for deal in list_deals_of_leads(tx, workspace, &ids).await? {
            if let Some(lead) = deal.details.lead_id {
                let needer = Needer {
                    kind: Kind::Deals.name().to_owned(),
                    id: deal.id.0,
                    name: deal.details.external_id,
                };
                hanging.insert(lead, needer);
            }
        }
        for other in list_duplicates(tx, workspace, &ids).await? {
            let of_other_import = other.details.import_id != Some(import);
            if let (true, Some(lead)) = (of_other_import, other.details.duplicate_of) {
                let needer = Needer {
                    kind: Kind::Leads.name().to_owned(),
                    id: other.id.0,
                    name: other.details.external_id.unwrap_or_default(),
                };
                hanging.insert(lead, needer);
            }
        }
        let crew = Crew::of(tx, workspace, Kind::Leads).await?;
        let undo = Undo {
            now,
            author: actor.user(),
            crew: &crew,
        };
        let mut kept = 0;
        for id in ids {
            let why = undo.take_back(&mut book, &mut unwinding, id, hanging.get(&id))?;
            if let Some(why) = why {
                let name = book.entry(id)?.lead.details.external_id.clone();
                let name = name.unwrap_or_default();
                unwinding.keep(id.0, &Kept { name, why })?;
                kept += 1;
            }
        }
        book.save(tx).await?;
        unwinding.save(tx).await?;
        Ok(kept)
    }
}

impl Undo<'_> {
    /// Why the lead has to stay as it is, if it has to.
    fn take_back(
        &self,
        book: &mut LeadBook,
        unwinding: &mut Unwinding,
        id: LeadId,
        hanging: Option<&Needer>,
    ) -> Result<Option<KeptWhy>, AppError> {
        let entry = book.entry(id)?.clone();
        if let (true, Some(other)) = (unwinding.would_go(id.0), hanging) {
            return Ok(Some(KeptWhy::NeededBy(other.clone())));
        }
        if !unwinding.speaks_over(id.0, "status")
            && is_moved_since(&entry.history, unwinding.import())
        {
            let fields = vec!["status".to_owned()];
            return Ok(Some(KeptWhy::ChangedSince { fields }));
        }
        let unwound = match unwinding.unwind(id.0, &values(&entry.lead.details)) {
            Err(newer) => return Ok(Some(KeptWhy::changed(&newer))),
            Ok(None) => return Ok(None),
            Ok(Some(unwound)) => unwound,
        };
        if entry.lead.archived_at.is_some() {
            return Ok(None);
        }
        let mut details = entry.lead.details.clone();
        let (history, archived_at) = match &unwound.result {
            TakenBack::Gone => (entry.history, Some(self.now)),
            TakenBack::Restored(fields) => {
                for (field, value) in fields {
                    restore(&mut details, field, value.clone())?;
                }
                details.assignee_id = self.crew.still(details.assignee_id);
                book.hand_on(&entry.lead, details.assignee_id, self.author);
                details.import_id = unwound.heir.or(details.import_id);
                let history = without(&entry.history, unwinding.import(), &unwound, &details);
                if let Some(last) = history.last() {
                    details.status.clone_from(&last.to_status);
                }
                (history, None)
            }
        };
        let state = NewState {
            details,
            history,
            archived_at,
        };
        book.change(id, state)?;
        Ok(None)
    }
}

/// Whether somebody moved the lead after the import had.
fn is_moved_since(history: &[LeadStatusChange], import: ImportId) -> bool {
    let own = history
        .iter()
        .rposition(|change| change.import_id == Some(import));
    own.is_some_and(|own| {
        history[own + 1..]
            .iter()
            .any(|change| change.import_id.is_none())
    })
}

/// The history as it would be if the import had never said anything: what later imports say
/// stands in its own right, also where it changed nothing then.
fn without(
    history: &[LeadStatusChange],
    import: ImportId,
    unwound: &Unwound,
    details: &LeadDetails,
) -> Vec<LeadStatusChange> {
    let heir = unwound.heir;
    let others = history.iter().filter(|change| {
        change.import_id != Some(import) && (heir.is_none() || change.import_id != heir)
    });
    let mut kept: Vec<LeadStatusChange> = first_of_heir(unwound, details)
        .into_iter()
        .chain(others.cloned())
        .collect();
    for (later, at, layer) in &unwound.later {
        let is_there = |change: &LeadStatusChange| change.import_id == Some(*later);
        if let (Some(to_status), false) = (status_said(layer), kept.iter().any(is_there)) {
            kept.push(LeadStatusChange {
                at: *at,
                from_status: None,
                to_status: to_status.name().to_owned(),
                author_id: None,
                import_id: Some(*later),
            });
        }
    }
    // The first change carries the lead's own date, whenever it was imported.
    if let Some(rest) = kept.get_mut(1..) {
        rest.sort_by_key(|change| change.at);
    }
    linked(kept)
}

/// The beginning of a lead that is there because of another import now.
fn first_of_heir(unwound: &Unwound, details: &LeadDetails) -> Option<LeadStatusChange> {
    let heir = unwound.heir?;
    let layer = unwound.later.iter().find(|(import, ..)| *import == heir);
    let said = layer.and_then(|(_, _, layer)| status_said(layer));
    let status = match (said, details.duplicate_of) {
        (None | Some(LeadStatus::New), Some(_)) => LeadStatus::Duplicate,
        (said, _) => said.unwrap_or(LeadStatus::New),
    };
    Some(LeadStatusChange {
        at: details.at,
        from_status: None,
        to_status: status.name().to_owned(),
        author_id: None,
        import_id: Some(heir),
    })
}

/// The status that an import says, if it says one.
fn status_said(layer: &Layer<Value>) -> Option<LeadStatus> {
    let said = layer.said.get("status")?;
    let is_said = |status: &LeadStatus| mark(&json!(status.name())) == said.after;
    LeadStatus::ALL.into_iter().find(is_said)
}

/// Each change goes on from the one before; an import's that changes nothing is left out.
fn linked(history: Vec<LeadStatusChange>) -> Vec<LeadStatusChange> {
    let mut linked: Vec<LeadStatusChange> = Vec::with_capacity(history.len());
    for mut change in history {
        if let Some(last) = linked.last() {
            change.from_status = Some(last.to_status.clone());
            if change.import_id.is_some() && last.to_status == change.to_status {
                continue;
            }
        }
        linked.push(change);
    }
    linked
}
