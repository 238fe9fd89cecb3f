//! The first set-up, profiles, and the people of a workspace.

use base::{BasisPoints, Currency, TimeZone, UserId, WorkspaceId};
use domain::contact::Email;
use domain::label::{default_channels, default_rules};
use serde_json::json;
use store::channel_rules::{self, NewChannelRules};
use store::channels::{self, ChannelDetails};
use store::users::{NewUser, User};
use store::workspaces::{Workspace, WorkspaceDetails};
use store::{sessions, users, workspaces};

use crate::audit::{Act, changes};
use crate::members::{Membership, SECOND_FACTOR_ROLES, memberships, parse_role};
use crate::recovery::end_errands;
use crate::second_factor::asks_for_code;
use crate::sign_in::{Origin, Proven, SignedIn, Visitor};
use crate::{Actor, App, AppError, Permission, Role, password};

/// Languages of the interface.
pub const LANGUAGES: [&str; 3] = ["en", "ru", "pl"];
pub(crate) const NAME_CHARS_MAX: usize = 200;
const LEAD_DEDUPE_DAYS_DEFAULT: i64 = 30;

/// The first person and workspace of an installation.
#[derive(Debug, Clone)]
pub struct SetUp {
    pub email: String,
    pub password: String,
    pub name: String,
    pub language: String,
    pub workspace: WorkspaceInput,
}

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

/// A person, what they are where, and how they sign in.
#[derive(Debug, Clone)]
pub struct Me {
    pub user: User,
    pub workspaces: Vec<Membership>,
    pub has_second_factor: bool,
}

impl App {
    /// Whether nobody has set this installation up.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn set_up_needed(&self) -> Result<bool, AppError> {
        let mut connection = self.inner.store.read().await?;
        Ok(users::count_users(&mut connection).await? == 0)
    }

    /// Makes the first person and workspace, with the usual channels, and signs the person in.
    ///
    /// # Errors
    /// When somebody exists already, or a field is wrong.
    pub async fn set_up(&self, input: SetUp, origin: &Origin) -> Result<SignedIn, AppError> {
        let details =
            workspace_details(&input.workspace).map_err(|error| error.within("workspace"))?;
        let user = self
            .new_user(&input.email, input.password, &input.name, &input.language)
            .await?;
        let now = self.now();
        let mut tx = self.inner.store.begin().await?;
        if users::count_users(&mut tx).await? > 0 {
            return Err(AppError::Conflict {
                code: "already_set_up",
                field: None,
                detail: "this installation is set up; sign in instead".to_owned(),
            });
        }
        let id = users::insert_user(&mut tx, &user, now).await?;
        let workspace = workspaces::insert_workspace(&mut tx, &details, now).await?;
        users::put_membership(&mut tx, workspace, id, Role::Owner.name(), now).await?;
        add_default_channels(&mut tx, workspace, &input.language, now).await?;
        let user = users::load_user(&mut tx, id).await?;
        self.note_person(&mut tx, id, &user.name, Act::WorkspaceCreated, json!({}))
            .await?;
        tx.commit().await?;
        self.refresh_labels().await?;
        self.begin_session(user, Proven::ByPassword, origin).await
    }

    /// Adds a person to a workspace. A command of the operator.
    ///
    /// # Errors
    /// When a field is wrong or the e-mail is taken.
    pub async fn add_user(
        &self,
        actor: &Actor,
        email: &str,
        password: String,
        name: &str,
        role: &str,
    ) -> Result<UserId, AppError> {
        actor.require(Permission::ManagePeople)?;
        let role = parse_role("role", role)?;
        let user = self.new_user(email, password, name, "en").await?;
        let now = self.now();
        let mut tx = self.inner.store.begin().await?;
        let id = users::insert_user(&mut tx, &user, now).await?;
        users::put_membership(&mut tx, actor.workspace, id, role.name(), now).await?;
        self.note(
            &mut tx,
            actor,
            Act::MemberAdded,
            id,
            json!({"role": role.name()}),
        )
        .await?;
        tx.commit().await?;
        Ok(id)
    }

    /// Sets a person's password and ends their sessions. A command of the operator.
    ///
    /// # Errors
    /// When the person is unknown or the password too weak.
    pub async fn reset_password(&self, email: &str, new: String) -> Result<(), AppError> {
        password::check_strength("password", &new)?;
        let hash = password::hash(new, self.inner.surroundings.as_ref()).await?;
        let email = parse_email(email)?;
        let mut tx = self.inner.store.begin().await?;
        let user = users::find_user_by_email(&mut tx, &email)
            .await?
            .ok_or(AppError::NotFound { what: "user" })?;
        users::set_password(&mut tx, user.id, &hash).await?;
        sessions::delete_other_sessions(&mut tx, user.id, None).await?;
        end_errands(&mut tx, user.id, &user.email).await?;
        self.tell_of_password(&mut tx, user.id, &user.email).await?;
        let name = user.called();
        self.note_person(&mut tx, user.id, name, Act::PasswordReset, json!({}))
            .await?;
        Ok(tx.commit().await?)
    }

    /// The people of a workspace.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn list_users(&self, actor: &Actor) -> Result<Vec<User>, AppError> {
        actor.require(Permission::ReadSetup)?;
        let mut connection = self.inner.store.read().await?;
        Ok(users::list_users(&mut connection, actor.workspace).await?)
    }

    /// A person with their workspaces.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn me(&self, visitor: &Visitor) -> Result<Me, AppError> {
        let mut connection = self.inner.store.read().await?;
        Ok(Me {
            user: users::load_user(&mut connection, visitor.user).await?,
            workspaces: memberships(&mut connection, visitor.user).await?,
            has_second_factor: asks_for_code(&mut connection, visitor.user).await?,
        })
    }

    /// Changes a person's own name or language, as they were read at `version`.
    ///
    /// # Errors
    /// When a field is wrong, or they were changed elsewhere meanwhile.
    pub async fn update_me(
        &self,
        visitor: &Visitor,
        version: i64,
        name: Option<String>,
        language: Option<String>,
    ) -> Result<(), AppError> {
        let mut tx = self.inner.store.begin().await?;
        let user = users::load_user(&mut tx, visitor.user).await?;
        let (shown_before, language_before) = (user.name.clone(), user.language.clone());
        let name = check_name("name", &name.unwrap_or(user.name))?;
        let language = check_language(&language.unwrap_or(user.language))?;
        users::update_user(&mut tx, user.id, version, &name, &language).await?;
        let told = json!({"name": [shown_before, &name], "language": [language_before, &language]});
        self.note_person(&mut tx, user.id, &name, Act::ProfileChanged, told)
            .await?;
        Ok(tx.commit().await?)
    }

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
    /// When a field is wrong or somebody else changed it meanwhile.
    pub async fn update_workspace(
        &self,
        actor: &Actor,
        version: i64,
        patch: WorkspacePatch,
    ) -> Result<Workspace, AppError> {
        actor.require(Permission::EditWorkspace)?;
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

    pub(crate) async fn new_user(
        &self,
        email: &str,
        password: String,
        name: &str,
        language: &str,
    ) -> Result<NewUser, AppError> {
        let email = parse_email(email)?;
        password::check_strength("password", &password)?;
        let name = check_name("name", name)?;
        let language = check_language(language)?;
        let password_hash = password::hash(password, self.inner.surroundings.as_ref()).await?;
        Ok(NewUser {
            email,
            name,
            language,
            password_hash,
        })
    }
}

async fn add_default_channels(
    tx: &mut store::Tx,
    workspace: WorkspaceId,
    language: &str,
    now: base::UnixMillis,
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

fn workspace_details(input: &WorkspaceInput) -> Result<WorkspaceDetails, AppError> {
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

pub(crate) fn parse_email(email: &str) -> Result<String, AppError> {
    Email::parse(email)
        .map(|email| email.to_string())
        .map_err(|error| AppError::invalid("email", "not_an_email", error.to_string()))
}

pub(crate) fn check_name(field: &'static str, name: &str) -> Result<String, AppError> {
    // A name is one line, wherever it is shown.
    let name = name.replace(char::is_control, " ");
    let name = name.trim();
    if name.chars().count() > NAME_CHARS_MAX {
        let detail = format!("use at most {NAME_CHARS_MAX} characters");
        return Err(AppError::invalid(field, "too_long", detail));
    }
    Ok(name.to_owned())
}

fn check_language(language: &str) -> Result<String, AppError> {
    one_of("language", language, &LANGUAGES)?;
    Ok(language.to_owned())
}

pub(crate) fn one_of(field: &'static str, value: &str, allowed: &[&str]) -> Result<(), AppError> {
    if allowed.contains(&value) {
        return Ok(());
    }
    let detail = format!("{value:?} is not one of {}", allowed.join(", "));
    Err(AppError::invalid(field, "not_allowed", detail))
}
