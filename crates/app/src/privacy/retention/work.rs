//! The nightly work of a workspace: class by class, each of which can be done again.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use base::{Pseudonym, UnixMillis, VisitorId, WorkspaceId};
use store::erasures::{self, SoughtRecords};
use store::leads::{self, Lead};
use store::{conversions, deals, meta, retention, workspaces};
use warehouse::Parameter;

use super::{RetainedClass, RetentionDays, RetentionRun, State, key, told};
use crate::audit::{Act, OldEntries};
use crate::deals::part_posted;
use crate::error::{Step as _, of_warehouse};
use crate::leases::Job;
use crate::privacy::records;
use crate::{Actor, App, AppError};

/// Records that go in one transaction.
const RECORDS: i64 = 500;
/// Transactions of one piece: some seconds of work.
const TRANSACTIONS: usize = 10;
/// For so long whoever waits on another node finds the turn free.
const OTHERS_TURN: Duration = Duration::from_secs(1);
/// Visitors that are put under pseudonyms together.
const VISITORS: usize = 20_000;

/// What one piece of work has done.
struct Piece {
    gone: u64,
    is_last: bool,
}

impl App {
    /// Lets go of what is older than the workspace keeps it.
    ///
    /// # Errors
    /// When an engine fails; what was done stays done, and the rest is done by the next try.
    pub async fn apply_retention(&self, workspace: WorkspaceId) -> Result<RetentionRun, AppError> {
        let run = self.expire_all(workspace).await?;
        self.expire_journals_of_others(workspace).await?;
        Ok(run)
    }

    /// Does a piece of the night's work. Imports and erasures, here and on other nodes, have their
    /// turns between two pieces.
    async fn in_its_turn<T>(
        &self,
        piece: impl Future<Output = Result<T, AppError>>,
    ) -> Result<T, AppError> {
        let turn = self.inner.erasure_turn.lock().await;
        // No file is read meanwhile: it would find records that are about to change.
        let imports = self.inner.import_turn.lock().await;
        // Nor does another node take somebody out of the same records.
        let done = Box::pin(self.in_turn(Job::Forget, piece)).await?;
        drop((turn, imports));
        if self.is_shared() {
            tokio::time::sleep(OTHERS_TURN).await;
        }
        Ok(done)
    }

    async fn expire_all(&self, workspace: WorkspaceId) -> Result<RetentionRun, AppError> {
        let now = self.now();
        let mut connection = self.inner.store.read().await?;
        let kept = workspaces::load_workspace(&mut connection, workspace).await?;
        drop(connection);
        let days = RetentionDays::in_settings(&kept);
        let mut run = RetentionRun {
            at_ms: now.0,
            ..RetentionRun::default()
        };
        for class in RetainedClass::ALL {
            let Some(until) = days.until(class, now) else {
                continue;
            };
            let gone = match class {
                RetainedClass::Requests | RetainedClass::RejectedRows => {
                    self.expire_records(workspace, class, until).await?
                }
                RetainedClass::Contacts => {
                    self.in_its_turn(self.begin_contacts(workspace)).await?;
                    self.expire_records(workspace, class, until).await?
                }
                RetainedClass::Visits => {
                    let (gone, away) = self.expire_visits(workspace, until).await?;
                    run.segments_away = away;
                    gone
                }
                // It goes in the transaction that says so.
                RetainedClass::AuditLog => continue,
            };
            run.counts.insert(class.name().to_owned(), gone);
        }
        self.in_its_turn(self.finish_run(workspace, days, &mut run))
            .await?;
        self.drop_old_audit_entries(workspace).await?;
        Ok(run)
    }

    /// Says what was done, and where the audit log begins from now on.
    async fn finish_run(
        &self,
        workspace: WorkspaceId,
        days: RetentionDays,
        run: &mut RetentionRun,
    ) -> Result<(), AppError> {
        let mut tx = self.inner.store.begin().await?;
        // The night may have been long: the log goes by what is wanted now.
        let wanted = workspaces::load_workspace(&mut tx, workspace).await?;
        let wanted = RetentionDays::in_settings(&wanted);
        let mut anchor = None;
        if let Some(until) = wanted.until(RetainedClass::AuditLog, UnixMillis(run.at_ms)) {
            let old = OldEntries::find(&mut tx, workspace, until).await?;
            let count = old.as_ref().map_or(0, |old| old.count);
            let name = RetainedClass::AuditLog.name().to_owned();
            run.counts.insert(name, count);
            anchor = old.map(|old| old.until);
        }
        let mut state = State::read(&mut tx, workspace).await?;
        state.last = Some(run.clone());
        meta::put_meta(&mut tx, &key(workspace), &state.written()?).await?;
        if run.counts.values().any(|gone| *gone > 0) {
            let mut told = told(days, run);
            if let Some(anchor) = anchor {
                anchor.put(&mut tx, workspace).await?;
                anchor.tell(&mut told);
            }
            let actor = Actor::system(workspace);
            self.note(&mut tx, &actor, Act::RetentionApplied, "", told)
                .await?;
        }
        Ok(tx.commit().await?)
    }

    /// All records of a class; how many.
    async fn expire_records(
        &self,
        workspace: WorkspaceId,
        class: RetainedClass,
        until: UnixMillis,
    ) -> Result<u64, AppError> {
        let mut gone = 0;
        loop {
            let piece = self.expire_some(workspace, class, until);
            let piece = self.in_its_turn(piece).await?;
            gone += piece.gone;
            if piece.is_last {
                return Ok(gone);
            }
        }
    }

    async fn expire_some(
        &self,
        workspace: WorkspaceId,
        class: RetainedClass,
        until: UnixMillis,
    ) -> Result<Piece, AppError> {
        let mut gone = 0;
        for _ in 0..TRANSACTIONS {
            let some = match class {
                RetainedClass::Requests => self.expire_requests(workspace, until).await?,
                RetainedClass::RejectedRows => self.expire_rejected(workspace, until).await?,
                RetainedClass::Contacts => self.expire_contacts(workspace, until).await?,
                RetainedClass::Visits | RetainedClass::AuditLog => None,
            };
            let Some(some) = some else {
                return Ok(Piece {
                    gone,
                    is_last: true,
                });
            };
            gone += some;
        }
        Ok(Piece {
            gone,
            is_last: false,
        })
    }

    /// Some of them in a transaction; nothing where there is none.
    async fn expire_requests(
        &self,
        workspace: WorkspaceId,
        until: UnixMillis,
    ) -> Result<Option<u64>, AppError> {
        let mut tx = self.inner.store.begin().await?;
        let ids = retention::list_requests(&mut tx, workspace, until, RECORDS).await?;
        if ids.is_empty() {
            return Ok(None);
        }
        let gone = erasures::delete_requests(&mut tx, workspace, &ids).await?;
        tx.commit().await?;
        Ok(Some(gone))
    }

    async fn expire_rejected(
        &self,
        workspace: WorkspaceId,
        until: UnixMillis,
    ) -> Result<Option<u64>, AppError> {
        let mut tx = self.inner.store.begin().await?;
        let ids = retention::list_rejected(&mut tx, workspace, until, RECORDS).await?;
        if ids.is_empty() {
            return Ok(None);
        }
        let gone = erasures::delete_rejected(&mut tx, workspace, &ids).await?;
        tx.commit().await?;
        Ok(Some(gone))
    }

    /// From now on files say nothing to leads that may have lost their contacts.
    async fn begin_contacts(&self, workspace: WorkspaceId) -> Result<(), AppError> {
        let mut tx = self.inner.store.begin().await?;
        let mut state = State::read(&mut tx, workspace).await?;
        state.contacts = true;
        meta::put_meta(&mut tx, &key(workspace), &state.written()?).await?;
        tx.commit().await?;
        self.publish_erased().await
    }

    /// Leads keep when, state, source and visit; the request that they came by goes with them.
    async fn expire_contacts(
        &self,
        workspace: WorkspaceId,
        until: UnixMillis,
    ) -> Result<Option<u64>, AppError> {
        let mark_key = self.mark_key()?;
        let mut tx = self.inner.store.begin().await?;
        let ids = retention::list_contacts(&mut tx, workspace, until, RECORDS).await?;
        if ids.is_empty() {
            return Ok(None);
        }
        let told = leads::list_leads_by_id(&mut tx, workspace, &ids).await?;
        let blank: Vec<Lead> = told
            .iter()
            .cloned()
            .map(|lead| records::without_contacts(mark_key, workspace, lead))
            .collect();
        leads::put_leads(&mut tx, workspace, &blank).await?;
        let requests = erasures::list_requests(&mut tx, workspace, &ids).await?;
        let requests = requests.iter().filter(|request| request.lead_id.is_some());
        let requests: Vec<_> = requests.map(|request| request.id).collect();
        erasures::delete_requests(&mut tx, workspace, &requests).await?;
        erasures::forget_answers(&mut tx, workspace, &ids).await?;
        let numbers: Vec<i64> = ids.iter().map(|id| id.0).collect();
        erasures::delete_layers(&mut tx, workspace, "leads", &numbers).await?;
        forget_unused(&mut tx, workspace, &told).await?;
        tx.commit().await?;
        Ok(Some(records::count(ids.len())))
    }

    /// How many visitors, and how many segments of the journal could not be looked through.
    ///
    /// Facts keep what they count. What is on its way to the warehouse, and what the journal is
    /// read for again, is spared by the same rule, so that nothing comes back.
    async fn expire_visits(
        &self,
        workspace: WorkspaceId,
        until: UnixMillis,
    ) -> Result<(u64, u64), AppError> {
        let until = self.begin_visits(workspace, until);
        let until = self.in_its_turn(until).await?;
        let (mut gone, mut last) = (0, VisitorId(0));
        loop {
            let visitors = self.expiring_visitors(workspace, until, last).await?;
            let Some(newest) = visitors.last() else {
                break;
            };
            last = *newest;
            for some in visitors.chunks(VISITORS) {
                self.in_its_turn(self.expire_visitors(workspace, some, until))
                    .await?;
            }
            gone += records::count(visitors.len());
        }
        self.in_its_turn(self.forget_conversion_lines(workspace, until))
            .await?;
        let away = self.expire_journal(workspace, until).await?;
        Ok((gone, away))
    }

    async fn forget_conversion_lines(
        &self,
        workspace: WorkspaceId,
        until: UnixMillis,
    ) -> Result<(), AppError> {
        let mut tx = self.inner.store.begin().await?;
        conversions::forget_old_conversion_lines(&mut tx, workspace, until).await?;
        Ok(tx.commit().await?)
    }

    /// From now on facts of then are spared. Until when.
    async fn begin_visits(
        &self,
        workspace: WorkspaceId,
        until: UnixMillis,
    ) -> Result<UnixMillis, AppError> {
        let mut tx = self.inner.store.begin().await?;
        let mut state = State::read(&mut tx, workspace).await?;
        // Days that became more bring nobody back.
        let before = state.visits_until_ms.unwrap_or(i64::MIN);
        let until = UnixMillis(before.max(until.0));
        state.visits_until_ms = Some(until.0);
        meta::put_meta(&mut tx, &key(workspace), &state.written()?).await?;
        tx.commit().await?;
        self.publish_erased().await?;
        self.relay_outbox().await?;
        Ok(until)
    }

    async fn expire_visitors(
        &self,
        workspace: WorkspaceId,
        visitors: &[VisitorId],
        until: UnixMillis,
    ) -> Result<(), AppError> {
        self.part_records(workspace, visitors, until).await?;
        let mark_key = self.mark_key()?;
        let under: Vec<(VisitorId, Pseudonym)> = visitors
            .iter()
            .map(|visitor| (*visitor, mark_key.pseudonym_by_time(workspace, *visitor)))
            .collect();
        let warehouse = Arc::clone(&self.inner.warehouse);
        let work = move || warehouse.erase(workspace, &under, until);
        tokio::task::spawn_blocking(work)
            .await
            .step("put visitors under pseudonyms")?
            .map_err(of_warehouse("put visitors under pseudonyms"))
    }

    /// Some of them, in order, behind one.
    async fn expiring_visitors(
        &self,
        workspace: WorkspaceId,
        until: UnixMillis,
        behind: VisitorId,
    ) -> Result<Vec<VisitorId>, AppError> {
        let parameters = vec![
            Parameter::Int(workspace.0),
            Parameter::Int(until.0),
            Parameter::Key(behind.0),
        ];
        let sql = include_str!("../../queries/expiring_visitors.sql");
        let table = self.read_table_whole(sql, parameters).await?;
        let visitors = table.rows.iter().filter_map(|row| {
            let id = row.first()?.int()?;
            u64::try_from(id).ok().map(VisitorId)
        });
        Ok(visitors.collect())
    }

    /// What leads and deals of then bring later has to find the traffic that they came by.
    async fn part_records(
        &self,
        workspace: WorkspaceId,
        visitors: &[VisitorId],
        until: UnixMillis,
    ) -> Result<(), AppError> {
        let key = self.mark_key()?;
        let parted = |visitor: Option<VisitorId>, visit| match visitor {
            Some(visitor) => {
                let pseudonym = key.pseudonym_by_time(workspace, visitor);
                let visit = Option::map(visit, |visit| pseudonym.visit(visit));
                (Some(pseudonym.visitor()), visit)
            }
            None => (None, visit),
        };
        let sought = SoughtRecords {
            visitors: visitors.to_vec(),
            ..SoughtRecords::default()
        };
        let mut tx = self.inner.store.begin().await?;
        let ids = erasures::find_leads(&mut tx, workspace, &sought).await?;
        let mut found = leads::list_leads_by_id(&mut tx, workspace, &ids).await?;
        found.retain(|lead| lead.details.recorded_at <= until);
        for lead in &mut found {
            let details = &mut lead.details;
            (details.visitor_id, details.visit_id) = parted(details.visitor_id, details.visit_id);
            details.click_id = None;
            lead.version += 1;
        }
        leads::put_leads(&mut tx, workspace, &found).await?;
        let ids = erasures::find_deals(&mut tx, workspace, &sought).await?;
        let mut found = deals::list_deals_by_id(&mut tx, workspace, &ids).await?;
        found.retain(|deal| deal.details.recorded_at <= until);
        let ids: Vec<_> = found.iter().map(|deal| deal.id).collect();
        for deal in &mut found {
            let details = &mut deal.details;
            (details.visitor_id, details.visit_id) = parted(details.visitor_id, details.visit_id);
            deal.version += 1;
        }
        deals::put_deals(&mut tx, workspace, &found).await?;
        let mut posted = deals::list_posted(&mut tx, workspace, &ids).await?;
        for one in &mut posted {
            part_posted(&mut one.posted, |(visitor, visit)| {
                match visitor.is_some_and(|visitor| visitors.contains(&visitor)) {
                    true => parted(visitor, visit),
                    false => (visitor, visit),
                }
            })?;
        }
        deals::put_posted(&mut tx, workspace, &posted).await?;
        Ok(tx.commit().await?)
    }
}

/// Numbers and addresses that no lead says any more, and names of people who have none.
async fn forget_unused(
    tx: &mut store::Tx,
    workspace: WorkspaceId,
    told: &[Lead],
) -> Result<(), AppError> {
    let sought = SoughtRecords {
        persons: told
            .iter()
            .filter_map(|lead| lead.details.person_id)
            .collect(),
        ..SoughtRecords::default()
    };
    let ids = erasures::find_deals(tx, workspace, &sought).await?;
    let bought = deals::list_deals_by_id(tx, workspace, &ids).await?;
    // Who has bought is known again by the next order, or they would be a new customer then.
    let customers: BTreeSet<_> = bought
        .iter()
        .filter_map(|deal| deal.details.person_id)
        .collect();
    let is_customer = |lead: &&Lead| {
        let person = lead.details.person_id;
        person.is_some_and(|person| customers.contains(&person))
    };
    let told: Vec<&Lead> = told.iter().filter(|lead| !is_customer(lead)).collect();
    let mut values: BTreeSet<String> = BTreeSet::new();
    for lead in &told {
        let details = &lead.details;
        let said = [&details.phone_e164, &details.email_norm];
        values.extend(said.into_iter().flatten().cloned());
        values.extend([details.phone.clone(), details.email.clone()]);
    }
    values.remove("");
    let mut unused = Vec::new();
    for value in values {
        let sought = SoughtRecords {
            phones: vec![value.clone()],
            emails: vec![value.clone()],
            ..SoughtRecords::default()
        };
        let still = erasures::find_leads(tx, workspace, &sought).await?;
        if still.is_empty() {
            unused.push(value);
        }
    }
    erasures::delete_identities(tx, workspace, &unused).await?;
    let persons: BTreeSet<_> = told
        .iter()
        .filter_map(|lead| lead.details.person_id)
        .collect();
    for person in persons {
        let sought = SoughtRecords {
            persons: vec![person],
            ..SoughtRecords::default()
        };
        let ids = erasures::find_leads(tx, workspace, &sought).await?;
        let others = leads::list_leads_by_id(tx, workspace, &ids).await?;
        let mut names = others.iter().map(|lead| lead.details.name.as_str());
        let name = names.find(|name| !name.is_empty()).unwrap_or_default();
        erasures::name_person(tx, workspace, person, name).await?;
    }
    Ok(())
}
