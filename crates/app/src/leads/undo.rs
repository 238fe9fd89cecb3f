//! Taking back what an import said of leads.

use std::collections::BTreeMap;

use base::{ImportId, LeadId, UnixMillis};
use domain::layer::TakenBack;
use domain::lead::LeadStatus;
use store::Tx;
use store::deals::list_deals_of_leads;
use store::leads::{Lead, LeadDetails, LeadStatusChange, list_duplicates};

use super::book::{LeadBook, NewState};
use super::layers::{LEAD_LAYERS, restore, values};
use crate::imports::{Unwinding, Unwound};
use crate::{Actor, App, AppError};

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
                hanging.insert(lead, format!("deal {:?}", deal.details.external_id));
            }
        }
        for other in list_duplicates(tx, workspace, &ids).await? {
            let of_other_import = other.details.import_id != Some(import);
            if let (true, Some(lead)) = (of_other_import, other.details.duplicate_of) {
                hanging.insert(lead, called(&other));
            }
        }
        let mut kept = 0;
        for id in ids {
            let why = take_back(&mut book, &mut unwinding, id, hanging.get(&id), now)?;
            if let Some(why) = why {
                unwinding.keep(id.0, &why);
                kept += 1;
            }
        }
        book.save(tx).await?;
        unwinding.save(tx).await?;
        Ok(kept)
    }
}

/// Why the lead has to stay as it is, if it has to.
fn take_back(
    book: &mut LeadBook,
    unwinding: &mut Unwinding,
    id: LeadId,
    hanging: Option<&String>,
    now: UnixMillis,
) -> Result<Option<String>, AppError> {
    let entry = book.entry(id)?.clone();
    let name = called(&entry.lead);
    if let (true, Some(other)) = (unwinding.would_go(id.0), hanging) {
        return Ok(Some(format!("{name} is still needed by {other}")));
    }
    if !unwinding.speaks_over(id.0, "status") && is_moved_since(&entry.history, unwinding.import())
    {
        return Ok(Some(format!("{name} was changed afterwards: status")));
    }
    let unwound = match unwinding.unwind(id.0, &values(&entry.lead.details)) {
        Err(newer) => return Ok(Some(format!("{name} was {newer}"))),
        Ok(None) => return Ok(None),
        Ok(Some(unwound)) => unwound,
    };
    if entry.lead.archived_at.is_some() {
        return Ok(None);
    }
    let mut details = entry.lead.details.clone();
    let (history, archived_at) = match &unwound.result {
        TakenBack::Gone => (entry.history, Some(now)),
        TakenBack::Restored(fields) => {
            for (field, value) in fields {
                restore(&mut details, field, value.clone())?;
            }
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
/// stands in its own right.
fn without(
    history: &[LeadStatusChange],
    import: ImportId,
    unwound: &Unwound,
    details: &LeadDetails,
) -> Vec<LeadStatusChange> {
    let next = unwound
        .later
        .iter()
        .find(|(_, _, layer)| layer.said.contains_key("status"));
    let is_own = |change: &&LeadStatusChange| change.import_id == Some(import);
    let said = history.iter().rev().find(is_own);
    let mut kept: Vec<LeadStatusChange> = Vec::new();
    if let (true, Some(heir)) = (unwound.own.is_creator, unwound.heir) {
        kept.push(first_of_heir(history, import, heir, details));
    }
    let heir = unwound.heir;
    for change in history {
        let is_heirs_first = heir.is_some() && change.import_id == heir;
        if change.import_id != Some(import) && !is_heirs_first {
            kept.push(change.clone());
        } else if let (Some(said), Some((next, at, _)), None) = (said, next, heir)
            && change == said
            && !history.iter().any(|other| other.import_id == Some(*next))
        {
            // The next import said the same, so that it changed nothing; now it does.
            let at = kept.last().map_or(*at, |last| last.at.max(*at));
            kept.push(LeadStatusChange {
                at,
                import_id: Some(*next),
                ..change.clone()
            });
        }
    }
    linked(kept)
}

/// The beginning of a lead that is there because of another import now.
fn first_of_heir(
    history: &[LeadStatusChange],
    import: ImportId,
    heir: ImportId,
    details: &LeadDetails,
) -> LeadStatusChange {
    let blank = match details.duplicate_of {
        Some(_) => LeadStatus::Duplicate,
        None => LeadStatus::New,
    };
    let own = |of: ImportId| {
        let mut changes = history.iter().rev();
        changes.find(move |change| change.import_id == Some(of))
    };
    // Where the heir says a status, the record has it; else it is what a new lead has.
    let status = own(heir).map(|change| change.to_status.clone());
    let same = own(import).map(|change| change.to_status.clone());
    let same = same.filter(|status| *status == details.status);
    LeadStatusChange {
        at: details.at,
        from_status: None,
        to_status: status.or(same).unwrap_or_else(|| blank.name().to_owned()),
        author_id: None,
        import_id: Some(heir),
    }
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

fn called(lead: &Lead) -> String {
    match &lead.details.external_id {
        Some(id) => format!("lead {id:?}"),
        None => format!("lead {}", lead.id),
    }
}
