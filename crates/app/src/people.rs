//! The first set-up, profiles, and the people of a workspace.

use base::UserId;
use domain::contact::Email;
use serde_json::json;
use store::users::{NewUser, User};
use store::{Connection, passkeys, provider_links, sessions, users};

use crate::audit::Act;
use crate::members::{Membership, memberships, parse_role};
use crate::recovery::end_errands;
use crate::second_factor::has_second_factor;
use crate::sight::check_sight;
use crate::sign_in::{Origin, Proven, SignedIn, Visitor};
use crate::workspaces::{WorkspaceInput, insert_workspace, workspace_details};
use crate::{Actor, App, AppError, Permission, password};

/// Languages of the interface.
pub const LANGUAGES: [&str; 3] = ["en", "ru", "pl"];
pub(crate) const NAME_CHARS_MAX: usize = 200;

/// The first person and workspace of an installation.
#[derive(Debug, Clone)]
pub struct SetUp {
    pub email: String,
    pub password: String,
    pub name: String,
    pub language: String,
    pub workspace: WorkspaceInput,
}

/// A person, what they are where, and how they sign in.
#[derive(Debug, Clone)]
pub struct Me {
    pub user: User,
    pub workspaces: Vec<Membership>,
    pub ways: Ways,
}

/// How somebody signs in.
#[derive(Debug, Clone, Copy)]
pub struct Ways {
    pub has_second_factor: bool,
    pub has_passkeys: bool,
    pub has_provider_links: bool,
    pub vouched: Vouched,
}

/// What the provider vouched for when a session began, beside who it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Vouched {
    Nothing,
    SecondFactor,
}

impl Ways {
    /// Whether a workspace that asks for a second factor lets them in.
    #[must_use]
    pub fn are_two(&self) -> bool {
        self.has_second_factor || self.vouched == Vouched::SecondFactor
    }
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
        insert_workspace(&mut tx, &details, id, &input.language, now).await?;
        let user = users::load_user(&mut tx, id).await?;
        self.note_person(&mut tx, id, &user.name, Act::WorkspaceCreated, json!({}))
            .await?;
        tx.commit().await?;
        self.refresh_labels().await?;
        self.begin_session(user, Proven::Password, origin).await
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
        check_sight(role, None)?;
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
            ways: Ways {
                has_second_factor: has_second_factor(&mut connection, visitor.user).await?,
                has_passkeys: passkeys::count_passkeys(&mut connection, visitor.user).await? > 0,
                has_provider_links: has_provider_links(&mut connection, visitor.user).await?,
                vouched: visitor.vouched,
            },
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

/// Whether an account at the provider signs the person in.
pub(crate) async fn has_provider_links(
    connection: &mut Connection,
    user: UserId,
) -> Result<bool, AppError> {
    let links = provider_links::list_provider_links(connection, user).await?;
    Ok(!links.is_empty())
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
