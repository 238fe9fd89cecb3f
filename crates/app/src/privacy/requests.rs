//! What people have asked, and by when they have to be answered: written down when it comes in,
//! ended by an erasure, an export, or a refusal with its reason. Nobody's name is in it.

use base::{Day, TimeZone};
use domain::deadline::Law;
use serde_json::json;
use store::person_requests::{self, NewPersonRequest, PersonRequest, PersonRequestEnd};
use store::workspaces::{self, Workspace};
use store::{Connection, ErasureId, Page, PageRequest, PersonRequestId, Tx, erasures};

use crate::audit::Act;
use crate::notes::note;
use crate::{Actor, App, AppError, Note, Permission, Severity};

/// In a workspace's settings.
const LAW_SETTING: &str = "privacy_law";
const REFERENCE_CHARS_MAX: usize = 200;
const REASON_CHARS_MAX: usize = 500;
const KINDS: [&str; 2] = ["erase", "show"];
const DONE: &str = "done";
const REFUSED: &str = "refused";
/// So many days before it is due a request is warned of.
const WARN_DAYS: i32 = 7;

/// What somebody has asked.
#[derive(Debug, Clone, Default)]
pub struct PersonRequestInput {
    /// `erase` or `show`.
    pub kind: String,
    /// `YYYY-MM-DD`; today when empty.
    pub received_on: String,
    /// The name of a [`Law`]; the workspace's when empty.
    pub law: String,
    pub reference: String,
}

/// How a request has ended.
#[derive(Debug, Clone, Default)]
pub struct PersonRequestClose {
    /// `done` or `refused`.
    pub state: String,
    /// Of a refusal.
    pub reason: String,
    /// What was done about it, where that is known here.
    pub erasure: Option<ErasureId>,
}

/// A request, and how long it may still take.
#[derive(Debug, Clone)]
pub struct PersonRequestView {
    pub request: PersonRequest,
    /// Below zero when it is overdue; nothing for what has ended.
    pub days_left: Option<i32>,
}

/// The law that a workspace answers by.
#[derive(Debug, Clone, Copy)]
pub struct LawView {
    /// Of the workspace: whoever changes it says which one they have seen.
    pub version: i64,
    pub law: Law,
}

impl App {
    /// # Errors
    /// When the actor may not, or the store fails.
    pub async fn privacy_law(&self, actor: &Actor) -> Result<LawView, AppError> {
        actor.require(Permission::ManagePrivacy)?;
        let mut connection = self.inner.store.read().await?;
        let workspace = workspaces::load_workspace(&mut connection, actor.workspace).await?;
        Ok(LawView {
            version: workspace.version,
            law: law_of(&workspace),
        })
    }

    /// Counts the days of requests to come by another law; those that are written down stay.
    ///
    /// # Errors
    /// When the actor may not, there is no such law, or somebody changed it meanwhile.
    pub async fn set_privacy_law(
        &self,
        actor: &Actor,
        version: i64,
        law: &str,
    ) -> Result<LawView, AppError> {
        actor.require(Permission::ManagePrivacy)?;
        let law = read_law(law)?;
        let mut tx = self.inner.store.begin().await?;
        let mut workspace = workspaces::load_workspace(&mut tx, actor.workspace).await?;
        let before = law_of(&workspace);
        let details = &mut workspace.details;
        if !details.settings.is_object() {
            details.settings = json!({});
        }
        details.settings[LAW_SETTING] = json!(law.name());
        workspaces::update_workspace(&mut tx, actor.workspace, version, details).await?;
        let told = json!({"law": [before.name(), law.name()]});
        self.note(&mut tx, actor, Act::PrivacyLawChanged, "", told)
            .await?;
        tx.commit().await?;
        self.privacy_law(actor).await
    }

    /// Writes down what somebody has asked, with the last day for the answer.
    ///
    /// # Errors
    /// When the actor may not, or a field is wrong.
    pub async fn record_person_request(
        &self,
        actor: &Actor,
        input: &PersonRequestInput,
    ) -> Result<PersonRequestView, AppError> {
        actor.require(Permission::ManagePrivacy)?;
        if !KINDS.contains(&input.kind.as_str()) {
            let detail = "a request is to \"erase\" or to \"show\"";
            return Err(AppError::invalid("kind", "not_allowed", detail));
        }
        let reference = short("reference", &input.reference, REFERENCE_CHARS_MAX)?;
        let mut tx = self.inner.store.begin_work().await?;
        let workspace = workspaces::load_workspace(&mut tx, actor.workspace).await?;
        let today = self.today(&workspace);
        let received_day = match input.received_on.trim() {
            "" => today,
            text => read_day(text, today)?,
        };
        let law = match input.law.trim() {
            "" => law_of(&workspace),
            name => read_law(name)?,
        };
        let request = NewPersonRequest {
            kind: input.kind.clone(),
            law: law.name().to_owned(),
            reference,
            received_day,
            due_day: law.due(received_day),
            author_id: actor.user(),
            created_at: self.now(),
        };
        let id = person_requests::insert_person_request(&mut tx, actor.workspace, &request).await?;
        tx.set_made(id.0);
        let told = json!({
            "kind": request.kind, "law": request.law, "due": request.due_day.to_string(),
        });
        self.note(&mut tx, actor, Act::PersonRequestRecorded, id, told)
            .await?;
        tx.commit().await?;
        self.person_request(actor, id).await
    }

    /// Those that are due first come first; closed ones stand behind all open ones.
    ///
    /// # Errors
    /// When the actor may not, or the store fails.
    pub async fn person_requests(
        &self,
        actor: &Actor,
        page: PageRequest<Day>,
    ) -> Result<Page<PersonRequestView, Day>, AppError> {
        actor.require(Permission::ManagePrivacy)?;
        let mut connection = self.inner.store.read().await?;
        let workspace = workspaces::load_workspace(&mut connection, actor.workspace).await?;
        let today = self.today(&workspace);
        let found =
            person_requests::list_person_requests(&mut connection, actor.workspace, page).await?;
        let items = found.items.into_iter();
        Ok(Page {
            items: items.map(|request| view(request, today)).collect(),
            next: found.next,
        })
    }

    /// # Errors
    /// When the actor may not, or the workspace has no such request.
    pub async fn person_request(
        &self,
        actor: &Actor,
        id: PersonRequestId,
    ) -> Result<PersonRequestView, AppError> {
        actor.require(Permission::ManagePrivacy)?;
        let mut connection = self.inner.store.read().await?;
        let workspace = workspaces::load_workspace(&mut connection, actor.workspace).await?;
        let request =
            person_requests::load_person_request(&mut connection, actor.workspace, id).await?;
        Ok(view(request, self.today(&workspace)))
    }

    /// Ends a request by hand.
    ///
    /// # Errors
    /// When the actor may not, a field is wrong, it has ended already or was changed meanwhile.
    pub async fn close_person_request(
        &self,
        actor: &Actor,
        (id, version): (PersonRequestId, i64),
        close: &PersonRequestClose,
    ) -> Result<PersonRequestView, AppError> {
        actor.require(Permission::ManagePrivacy)?;
        let mut tx = self.inner.store.begin().await?;
        let request = open_request(&mut tx, actor, id).await?;
        let reason = short("reason", &close.reason, REASON_CHARS_MAX)?;
        match close.state.as_str() {
            DONE => {}
            REFUSED if reason.is_empty() => {
                let detail = "say why: whoever asked has to be told";
                return Err(AppError::invalid("reason", "required", detail));
            }
            REFUSED => {}
            _ => {
                let detail = "a request ends \"done\" or \"refused\"";
                return Err(AppError::invalid("state", "not_allowed", detail));
            }
        }
        if let Some(erasure) = close.erasure {
            erasures::load_erasure(&mut tx, actor.workspace, erasure).await?;
        }
        let end = PersonRequestEnd {
            state: close.state.clone(),
            reason,
            erasure_id: close.erasure,
            closed_at: self.now(),
        };
        person_requests::close_person_request(&mut tx, actor.workspace, (id, version), &end)
            .await?;
        self.note_closed(&mut tx, actor, &request, &close.state)
            .await?;
        tx.commit().await?;
        self.person_request(actor, id).await
    }

    /// The export is the answer to a request.
    pub(super) async fn answer_by_export(
        &self,
        tx: &mut Tx,
        actor: &Actor,
        id: PersonRequestId,
    ) -> Result<(), AppError> {
        let request = open_request(tx, actor, id).await?;
        require_kind(&request, "show")?;
        let end = PersonRequestEnd {
            state: DONE.to_owned(),
            reason: String::new(),
            erasure_id: None,
            closed_at: self.now(),
        };
        let version = request.version;
        person_requests::close_person_request(tx, actor.workspace, (id, version), &end).await?;
        self.note_closed(tx, actor, &request, DONE).await
    }

    /// The erasure is the answer to a request, which ends with it.
    pub(super) async fn answer_by_erasure(
        &self,
        tx: &mut Tx,
        actor: &Actor,
        (id, erasure): (PersonRequestId, ErasureId),
    ) -> Result<(), AppError> {
        let request = open_request(tx, actor, id).await?;
        require_kind(&request, "erase")?;
        Ok(person_requests::begin_person_request(tx, actor.workspace, id, erasure).await?)
    }

    async fn note_closed(
        &self,
        tx: &mut Tx,
        actor: &Actor,
        request: &PersonRequest,
        state: &str,
    ) -> Result<(), AppError> {
        let told = json!({"kind": request.said.kind, "state": state});
        self.note(tx, actor, Act::PersonRequestClosed, request.id, told)
            .await
    }

    /// What is overdue, or due soon, for who may answer.
    pub(crate) async fn person_request_notes(
        &self,
        actor: &Actor,
        today: Day,
    ) -> Result<Vec<Note>, AppError> {
        if !actor.may(Permission::ManagePrivacy) {
            return Ok(Vec::new());
        }
        let mut connection = self.inner.store.read().await?;
        let yesterday = today.plus_days(-1);
        let overdue = count_due(&mut connection, actor, yesterday).await?;
        let due = count_due(&mut connection, actor, today.plus_days(WARN_DAYS)).await? - overdue;
        let all = [
            ("requests_overdue", Severity::Error, overdue),
            ("requests_due", Severity::Warning, due),
        ];
        let told = all.into_iter().filter(|(_, _, count)| *count > 0);
        let told = told.map(|(code, severity, count)| {
            let params = vec![
                ("count", count.to_string()),
                ("days", WARN_DAYS.to_string()),
            ];
            note(code, severity, params, "settings").showing("tab=privacy")
        });
        Ok(told.collect())
    }

    fn today(&self, workspace: &Workspace) -> Day {
        let zone: TimeZone = workspace.details.time_zone.parse().unwrap_or(TimeZone::UTC);
        zone.day_of(self.now())
    }
}

async fn count_due(
    connection: &mut Connection,
    actor: &Actor,
    until: Day,
) -> Result<i64, AppError> {
    Ok(person_requests::count_due_person_requests(connection, actor.workspace, until).await?)
}

async fn open_request(
    tx: &mut Tx,
    actor: &Actor,
    id: PersonRequestId,
) -> Result<PersonRequest, AppError> {
    let request = person_requests::load_person_request(tx, actor.workspace, id).await?;
    match request.is_open() {
        true => Ok(request),
        false => Err(AppError::Conflict {
            code: "request_closed",
            field: None,
            detail: format!("request {id} was answered or refused already"),
        }),
    }
}

fn require_kind(request: &PersonRequest, kind: &str) -> Result<(), AppError> {
    match request.said.kind == kind {
        true => Ok(()),
        false => {
            let detail = "the request asks for something else";
            Err(AppError::invalid("request_id", "other_kind", detail))
        }
    }
}

fn view(request: PersonRequest, today: Day) -> PersonRequestView {
    let days_left = request.said.due_day.0 - today.0;
    PersonRequestView {
        days_left: request.is_open().then_some(days_left),
        request,
    }
}

fn law_of(workspace: &Workspace) -> Law {
    let stored = workspace.details.settings[LAW_SETTING].as_str();
    stored.and_then(Law::from_name).unwrap_or_default()
}

fn read_law(name: &str) -> Result<Law, AppError> {
    Law::from_name(name).ok_or_else(|| {
        let detail = "use \"gdpr\", \"fz152\" or \"ccpa\"";
        AppError::invalid("law", "not_allowed", detail)
    })
}

fn read_day(text: &str, today: Day) -> Result<Day, AppError> {
    let day: Option<Day> = text.parse().ok();
    let Some(day) = day else {
        let detail = "use a day such as 2026-11-23";
        return Err(AppError::invalid("received_on", "not_a_day", detail));
    };
    if day > today || day < today.plus_days(-3_660) {
        let detail = "it came in today or within the last ten years";
        return Err(AppError::invalid("received_on", "out_of_range", detail));
    }
    Ok(day)
}

fn short(field: &'static str, text: &str, max: usize) -> Result<String, AppError> {
    let text = text.trim();
    if text.chars().count() > max {
        let detail = format!("at most {max} characters");
        return Err(AppError::invalid(field, "too_long", detail));
    }
    Ok(text.to_owned())
}
