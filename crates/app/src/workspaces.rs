//! Workspaces: the first, those of an agency's clients, and what their owners say of them.

use base::{BasisPoints, Currency, TimeZone, UnixMillis, UserId, WorkspaceId};
use domain::label::{default_channels, default_rules};
use serde_json::json;
use store::channel_rules::{self, NewChannelRules};
use store::channels::{self, ChannelDetails};
use store::workspaces::{Workspace, WorkspaceDetails};
use store::{Connection, users, workspaces};

use crate::audit::{Act, changes};
use crate::error::Step as _;
use crate::goals::alerts::plan_looks_anew;
use crate::members::{Membership, SECOND_FACTOR_ROLES, memberships, parse_role};
use crate::people::{LANGUAGES, check_name, one_of};
use crate::report_schedules::plan_anew;
use crate::{Actor, App, AppError, Permission, Role, Who};

const LEAD_DEDUPE_DAYS_DEFAULT: i64 = 30;
/// Workspaces of an installation. Each costs little, but nobody may make them without end.
const WORKSPACES_MAX: usize = 1_000;
/// Of those, as many as one person may own and make more.
const OWNED_MAX: usize = 100;

/// What the owner says of a workspace.
#[derive(Debug, Clone)]
pub struct WorkspaceInput {
    pub name: String,
    pub time_zone: String,
    pub currency: String,
    pub week_start: String,
    /// `gross` where amounts of deals, payments and manual costs come in with VAT, else `net`.
    pub vat_mode: String,
    /// At most two decimals.
    pub vat_rate_percent: String,
}

/// What changes about a workspace; `None` stays as it is.
#[derive(Debug, Clone, Default)]
pub struct WorkspacePatch {
    pub name: Option<String>,
    pub time_zone: Option<String>,
    pub currency: Option<String>,
    pub week_start: Option<String>,
    pub vat_mode: Option<String>,
    pub vat_rate_percent: Option<String>,
    /// Names of the roles that are asked for a second factor.
    pub second_factor_roles: Option<Vec<String>>,
}

impl App {
    /// The actor's workspace.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn workspace(&self, actor: &Actor) -> Result<Workspace, AppError> {
        actor.require(Permission::ReadSetup)?;
        let mut connection = self.inner.store.read().await?;
        Ok(workspaces::load_workspace(&mut connection, actor.workspace).await?)
    }

    /// Changes the workspace as it was read at `version`.
    ///
    /// # Errors
    /// When a field is wrong or somebody else changed it meanwhile; [`AppError::Unauthenticated`]
    /// when a key says who is asked for a second factor, which only people may.
    pub async fn update_workspace(
        &self,
        actor: &Actor,
        version: i64,
        patch: WorkspacePatch,
    ) -> Result<Workspace, AppError> {
        actor.require(Permission::EditWorkspace)?;
        // A key that leaked must not take a lock off.
        if patch.second_factor_roles.is_some() && matches!(actor.who, Who::Key { .. }) {
            return Err(AppError::Unauthenticated);
        }
        let mut tx = self.inner.store.begin().await?;
        let current = workspaces::load_workspace(&mut tx, actor.workspace).await?;
        let asked = patch.second_factor_roles.as_deref().map(check_roles);
        let asked = asked.transpose()?;
        let mut details = workspace_details(&patched(&current.details, patch))?;
        if current.details.currency != details.currency {
            let detail = "the currency is fixed: facts are kept in it";
            return Err(AppError::invalid("currency", "fixed", detail));
        }
        details.default_country = current.details.default_country.clone();
        details.lead_dedupe_days = current.details.lead_dedupe_days;
        details.settings = current.details.settings.clone();
        if let (Some(asked), Some(settings)) = (asked, details.settings.as_object_mut()) {
            settings.insert(SECOND_FACTOR_ROLES.to_owned(), json!(asked));
        }
        workspaces::update_workspace(&mut tx, actor.workspace, version, &details).await?;
        let workspace = workspaces::load_workspace(&mut tx, actor.workspace).await?;
        if current.details.time_zone != workspace.details.time_zone {
            plan_anew(&mut tx, actor.workspace, self.now()).await?;
        }
        let calendar = |of: &WorkspaceDetails| (of.time_zone.clone(), of.week_start.clone());
        if calendar(&current.details) != calendar(&workspace.details) {
            plan_looks_anew(&mut tx, actor.workspace, self.now()).await?;
        }
        self.note(
            &mut tx,
            actor,
            Act::WorkspaceChanged,
            "",
            changes(&current.details, &details),
        )
        .await?;
        tx.commit().await?;
        self.refresh_routing().await?;
        if current.details.time_zone != workspace.details.time_zone {
            self.refresh_labels_of(actor.workspace).await?;
        }
        Ok(workspace)
    }

    /// Makes a workspace of its own for a client or a business, with the usual channels. The actor
    /// becomes its owner; nobody else sees it.
    ///
    /// # Errors
    /// When a field is wrong, the actor is no person, or they or the installation have too many.
    pub async fn add_workspace(
        &self,
        actor: &Actor,
        input: &WorkspaceInput,
    ) -> Result<Membership, AppError> {
        actor.require(Permission::AddWorkspaces)?;
        let Who::Person { user, .. } = actor.who else {
            let permission = Permission::AddWorkspaces.phrase();
            return Err(AppError::Forbidden { permission });
        };
        let details = workspace_details(input)?;
        let now = self.now();
        let mut tx = self.inner.store.begin_work().await?;
        if workspaces::list_workspaces(&mut tx).await?.len() >= WORKSPACES_MAX {
            return Err(AppError::Conflict {
                code: "too_many_workspaces",
                field: None,
                detail: format!("an installation has at most {WORKSPACES_MAX} workspaces"),
            });
        }
        let own = users::list_roles_of_user(&mut tx, user).await?;
        let owned = own.iter().filter(|place| place.role == Role::Owner.name());
        if owned.count() >= OWNED_MAX {
            return Err(AppError::Conflict {
                code: "too_many_own_workspaces",
                field: None,
                detail: format!("one person owns at most {OWNED_MAX} workspaces"),
            });
        }
        let language = users::load_user(&mut tx, user).await?.language;
        let id = insert_workspace(&mut tx, &details, user, &language, now).await?;
        let there = Actor {
            workspace: id,
            who: actor.who.clone(),
        };
        let told = json!({"name": &details.name});
        self.note(&mut tx, actor, Act::WorkspaceCreated, id, told.clone())
            .await?;
        self.note(&mut tx, &there, Act::WorkspaceCreated, id, told)
            .await?;
        tx.set_made(id.0);
        tx.commit().await?;
        self.refresh_labels_of(id).await?;
        let mut connection = self.inner.store.read().await?;
        let mut mine = memberships(&mut connection, user).await?.into_iter();
        mine.find(|membership| membership.workspace.id == id)
            .ok_or(AppError::NotFound { what: "workspace" })
    }
}

/// A workspace with its first owner and the usual channels, called as the owner's language does.
pub(crate) async fn insert_workspace(
    tx: &mut store::Tx,
    details: &WorkspaceDetails,
    owner: UserId,
    language: &str,
    now: UnixMillis,
) -> Result<WorkspaceId, AppError> {
    let workspace = workspaces::insert_workspace(tx, details, now).await?;
    users::put_membership(tx, workspace, owner, Role::Owner.name(), now).await?;
    add_default_channels(tx, workspace, language, now).await?;
    Ok(workspace)
}

async fn add_default_channels(
    tx: &mut store::Tx,
    workspace: WorkspaceId,
    language: &str,
    now: UnixMillis,
) -> Result<(), AppError> {
    let title = LANGUAGES
        .iter()
        .position(|known| *known == language)
        .unwrap_or(0);
    let mut ids = std::collections::HashMap::new();
    for (position, channel) in (0..).zip(default_channels()) {
        let details = ChannelDetails {
            parent_id: channel.parent.and_then(|parent| ids.get(parent).copied()),
            name: channel.titles[title].to_owned(),
            kind: channel.kind.name().to_owned(),
            colour: i64::from(channel.colour),
            position,
        };
        let id = channels::insert_channel(tx, workspace, now, &details).await?;
        ids.insert(channel.key, id);
    }
    let rules = default_rules(|key| ids.get(key).copied());
    let rules = NewChannelRules {
        rules: json!(rules),
        author_id: None,
        note: String::new(),
        created_at: now,
    };
    channel_rules::publish_channel_rules(tx, workspace, 0, &rules).await?;
    Ok(())
}

/// The names of roles, each once, in the order of the table of roles.
fn check_roles(names: &[String]) -> Result<Vec<&'static str>, AppError> {
    let asked = names
        .iter()
        .map(|name| parse_role(SECOND_FACTOR_ROLES, name))
        .collect::<Result<Vec<Role>, AppError>>()?;
    let known = Role::ALL.into_iter().filter(|role| asked.contains(role));
    Ok(known.map(Role::name).collect())
}

/// What the owner would have said to make the workspace as it is to be.
fn patched(current: &WorkspaceDetails, patch: WorkspacePatch) -> WorkspaceInput {
    let current = current.clone();
    WorkspaceInput {
        name: patch.name.unwrap_or(current.name),
        time_zone: patch.time_zone.unwrap_or(current.time_zone),
        currency: patch.currency.unwrap_or(current.currency.to_string()),
        week_start: patch.week_start.unwrap_or(current.week_start),
        vat_mode: patch.vat_mode.unwrap_or(current.vat_mode),
        vat_rate_percent: patch
            .vat_rate_percent
            .unwrap_or(current.vat_rate_bp.percent()),
    }
}

pub(crate) fn workspace_details(input: &WorkspaceInput) -> Result<WorkspaceDetails, AppError> {
    let name = check_name("name", &input.name)?;
    if name.is_empty() {
        return Err(AppError::invalid(
            "name",
            "required",
            "give the workspace a name",
        ));
    }
    let time_zone: TimeZone = input
        .time_zone
        .parse()
        .map_err(|error| AppError::invalid("time_zone", "unknown", format!("{error}")))?;
    let currency: Currency = input
        .currency
        .parse()
        .map_err(|error| AppError::invalid("currency", "unknown", format!("{error}")))?;
    one_of("week_start", &input.week_start, &["monday", "sunday"])?;
    one_of("vat_mode", &input.vat_mode, &["net", "gross"])?;
    let vat_rate = BasisPoints::from_percent(&input.vat_rate_percent).map_err(|error| {
        AppError::invalid("vat_rate_percent", "not_a_percentage", error.to_string())
    })?;
    if !(0..=10_000).contains(&vat_rate.0) {
        let detail = "a rate from 0 to 100 percent";
        return Err(AppError::invalid(
            "vat_rate_percent",
            "out_of_range",
            detail,
        ));
    }
    Ok(WorkspaceDetails {
        name,
        default_country: country_of(currency, time_zone.name()).to_owned(),
        time_zone: time_zone.name().to_owned(),
        currency,
        week_start: input.week_start.clone(),
        vat_mode: input.vat_mode.clone(),
        vat_rate_bp: vat_rate,
        lead_dedupe_days: LEAD_DEDUPE_DAYS_DEFAULT,
        settings: json!({}),
    })
}

/// The country whose telephone numbers are written without a country code.
/// By whose clock a workspace's days begin.
pub(crate) fn zone_of(workspace: &Workspace) -> Result<TimeZone, AppError> {
    let zone = workspace.details.time_zone.parse();
    zone.step("read the workspace's time zone")
}

pub(crate) async fn load_zone(
    connection: &mut Connection,
    workspace: WorkspaceId,
) -> Result<TimeZone, AppError> {
    zone_of(&workspaces::load_workspace(connection, workspace).await?)
}

fn country_of(currency: Currency, zone: &str) -> &'static str {
    match (currency.code(), zone) {
        ("RUB", _) => "RU",
        ("PLN", _) => "PL",
        ("BYN", _) => "BY",
        ("KZT", _) => "KZ",
        ("UAH", _) => "UA",
        ("GBP", _) => "GB",
        ("USD", _) => "US",
        ("CZK", _) => "CZ",
        (_, "Europe/Berlin") => "DE",
        (_, "Europe/Paris") => "FR",
        (_, "Europe/Madrid") => "ES",
        (_, "Europe/Rome") => "IT",
        (_, "Europe/Warsaw") => "PL",
        (_, "Europe/Moscow") => "RU",
        _ => "US",
    }
}
