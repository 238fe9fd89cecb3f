//! Second factors: a code of an authenticator beside the password, and recovery codes for when the
//! device is lost. A passkey is one too (`passkeys`).

use base::{UnixMillis, UserId};
use serde_json::{Value, json};
use store::second_factors::{self, RecoveryCode, SecondFactor};
use store::users::User;
use store::{Connection, Tx, passkeys, sessions, throttle, users};
use zeroize::Zeroizing;

use crate::audit::Act;
use crate::mail::{Recipient, Topic};
use crate::members::memberships;
use crate::people::parse_email;
use crate::sign_in::{ATTEMPTS_WINDOW_MS, Visitor, digest};
use crate::{Actor, App, AppError, Permission, Place, Who, surroundings};

mod codes;

use codes::Code;
pub use codes::QrCode;

/// Recovery codes that a person has at first.
const RECOVERY_CODES: usize = 10;

/// A second factor that is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SecondFactorView {
    /// Since when codes of an authenticator are taken; absent where there are passkeys alone.
    pub authenticator_since: Option<UnixMillis>,
    pub recovery_codes_left: i64,
}

/// What an authenticator is set up with; shown once.
pub struct AuthenticatorSetUp {
    /// For typing it in.
    pub secret: Zeroizing<String>,
    /// The same with the account's name, as authenticators on the same device open it.
    pub address: Zeroizing<String>,
    pub qr_code: QrCode,
}

impl App {
    /// The person's second factor; `None` where none is asked for.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn second_factor(
        &self,
        visitor: &Visitor,
    ) -> Result<Option<SecondFactorView>, AppError> {
        let mut connection = self.inner.store.read().await?;
        if !has_second_factor(&mut connection, visitor.user).await? {
            return Ok(None);
        }
        let found = second_factors::find_second_factor(&mut connection, visitor.user).await?;
        let left = second_factors::count_recovery_codes(&mut connection, visitor.user).await?;
        Ok(Some(SecondFactorView {
            authenticator_since: found.and_then(|factor| factor.confirmed_at),
            recovery_codes_left: left,
        }))
    }

    /// Begins to set a second factor up; it is asked for once a code of it was confirmed.
    ///
    /// # Errors
    /// When the password is wrong, or there is one already; [`AppError::ProofNeeded`] where the
    /// person has a passkey and has not proved lately that it is them.
    pub async fn begin_second_factor(
        &self,
        visitor: &Visitor,
        password: String,
    ) -> Result<AuthenticatorSetUp, AppError> {
        self.require_proof_beyond_password(visitor).await?;
        let user = self
            .check_own_password(visitor, "password", password)
            .await?;
        let secret = Zeroizing::new(surroundings::random::<{ codes::SECRET_BYTES }>(
            self.inner.surroundings.as_ref(),
        ));
        let mut tx = self.inner.store.begin().await?;
        self.require_session(&mut tx, visitor).await?;
        if has_authenticator(&mut tx, user.id).await? {
            return Err(on_already());
        }
        second_factors::begin_second_factor(&mut tx, user.id, self.now()).await?;
        self.put_secret(&mut tx, place(user.id), secret.as_slice())
            .await?;
        self.note_own(&mut tx, &user, Act::SecondFactorBegun, json!({}))
            .await?;
        tx.commit().await?;
        codes::set_up(secret.as_slice(), &user.email)
    }

    /// Takes the first code of an authenticator: from now on it is asked for. Every other session
    /// of the person ends. The recovery codes, shown once.
    ///
    /// # Errors
    /// When the code is wrong or nothing was begun; [`AppError::TooManyAttempts`] after too many
    /// wrong ones.
    pub async fn confirm_second_factor(
        &self,
        visitor: &Visitor,
        code: &str,
    ) -> Result<Vec<String>, AppError> {
        let mut tx = self.inner.store.begin().await?;
        self.require_session(&mut tx, visitor).await?;
        let user = users::load_user(&mut tx, visitor.user).await?;
        let found = second_factors::find_second_factor(&mut tx, user.id).await?;
        let factor = found.ok_or_else(none_to_take)?;
        if factor.confirmed_at.is_some() {
            return Err(on_already());
        }
        self.refuse_if_over(&mut tx, &[bucket(user.id)]).await?;
        let fits = match Code::read(code) {
            Code::Time(digits) => self.take_time_code(&mut tx, &factor, &digits).await?,
            Code::Recovery(_) => false,
        };
        if !fits {
            return Err(self.count_wrong_code(tx, user.id).await?.on_field());
        }
        second_factors::confirm_second_factor(&mut tx, user.id, self.now()).await?;
        let shown = self.make_recovery_codes(&mut tx, user.id).await?;
        sessions::delete_other_sessions(&mut tx, user.id, Some(visitor.session)).await?;
        self.tell_person(&mut tx, &user, Topic::SecondFactorOn)
            .await?;
        self.note_own(&mut tx, &user, Act::SecondFactorOn, json!({}))
            .await?;
        tx.commit().await?;
        self.mail_put();
        Ok(shown)
    }

    /// New recovery codes in the place of those before them, shown once.
    ///
    /// # Errors
    /// When the password or the code is wrong or missing, or there is no second factor.
    pub async fn renew_recovery_codes(
        &self,
        visitor: &Visitor,
        password: String,
        code: Option<&str>,
    ) -> Result<Vec<String>, AppError> {
        let user = self
            .check_own_password(visitor, "password", password)
            .await?;
        let mut tx = self.doubly_proved_tx(visitor, &user, code).await?;
        self.require_session(&mut tx, visitor).await?;
        let shown = self.make_recovery_codes(&mut tx, user.id).await?;
        self.note_own(&mut tx, &user, Act::RecoveryCodesRenewed, json!({}))
            .await?;
        tx.commit().await?;
        Ok(shown)
    }

    /// Takes no codes of the person's authenticator any more. Every other session of theirs ends.
    /// Passkeys stay, and recovery codes with them.
    ///
    /// # Errors
    /// When the password or the code is wrong or missing, or there is no authenticator.
    pub async fn end_second_factor(
        &self,
        visitor: &Visitor,
        password: String,
        code: Option<&str>,
    ) -> Result<(), AppError> {
        let user = self
            .check_own_password(visitor, "password", password)
            .await?;
        let mut tx = self.doubly_proved_tx(visitor, &user, code).await?;
        self.require_session(&mut tx, visitor).await?;
        if !has_authenticator(&mut tx, user.id).await? {
            return Err(none_to_take());
        }
        self.drop_authenticator(&mut tx, &user).await?;
        self.drop_codes_of_nothing(&mut tx, &user).await?;
        sessions::delete_other_sessions(&mut tx, user.id, Some(visitor.session)).await?;
        self.note_own(&mut tx, &user, Act::SecondFactorOff, json!({}))
            .await?;
        tx.commit().await?;
        self.mail_put();
        Ok(())
    }

    /// Switches the second factor of a member off who has lost it. All sessions of theirs end.
    ///
    /// # Errors
    /// When the actor may not, the member is the actor, has none, or is somebody in a workspace
    /// whose people the actor does not manage.
    pub async fn rescue_member(&self, actor: &Actor, user: UserId) -> Result<(), AppError> {
        actor.require(Permission::ManagePeople)?;
        if actor.user() == Some(user) {
            return Err(AppError::Conflict {
                code: "own_second_factor",
                field: None,
                detail: "one's own second factor is switched off in the profile, with a code"
                    .to_owned(),
            });
        }
        let mut tx = self.inner.store.begin().await?;
        let of_member = users::list_roles_of_user(&mut tx, user).await?;
        let is_here = |role: &users::RoleIn| role.workspace_id == actor.workspace;
        if !of_member.iter().any(is_here) {
            return Err(AppError::NotFound { what: "member" });
        }
        // Whoever invites somebody must not take the lock off what that person has elsewhere,
        // where others manage people.
        let everywhere = self.managed_by(&mut tx, actor).await?;
        let known = |role: &users::RoleIn| {
            let mut everywhere = everywhere.iter();
            everywhere.find(|managed| managed.workspace == role.workspace_id)
        };
        let managed: Vec<&Actor> = of_member.iter().filter_map(known).collect();
        if managed.len() < of_member.len() {
            return Err(AppError::Conflict {
                code: "member_elsewhere",
                field: None,
                detail:
                    "this person is a member of a workspace too whose people you do not manage: \
                    whoever runs this server switches it off with `throughline user second-factor \
                    off`"
                        .to_owned(),
            });
        }
        let member = users::load_user(&mut tx, user).await?;
        self.rescue(&mut tx, &member).await?;
        for there in managed {
            self.note(&mut tx, there, Act::SecondFactorOff, user, json!({}))
                .await?;
        }
        tx.commit().await?;
        self.mail_put();
        Ok(())
    }

    /// The actor in each workspace whose people they manage, as they could be there now.
    async fn managed_by(&self, tx: &mut Tx, actor: &Actor) -> Result<Vec<Actor>, AppError> {
        let Who::Person { user, .. } = &actor.who else {
            return Ok(vec![actor.clone()]);
        };
        let is_proven = has_second_factor(tx, *user).await?;
        let mut managed = Vec::new();
        for place in memberships(tx, *user).await? {
            let is_open = is_proven || !place.asks_for_second_factor()?;
            if is_open && place.role.has(Permission::ManagePeople) {
                managed.push(actor.in_place(&place));
            }
        }
        Ok(managed)
    }

    /// Switches somebody's second factor off. A command of the operator.
    ///
    /// # Errors
    /// When the person is unknown or has none.
    pub async fn rescue_person(&self, email: &str) -> Result<(), AppError> {
        let email = parse_email(email)?;
        let mut tx = self.inner.store.begin().await?;
        let user = users::find_user_by_email(&mut tx, &email)
            .await?
            .ok_or(AppError::NotFound { what: "user" })?;
        self.rescue(&mut tx, &user).await?;
        for role in users::list_roles_of_user(&mut tx, user.id).await? {
            let operator = Actor {
                workspace: role.workspace_id,
                who: Who::System,
            };
            self.note(&mut tx, &operator, Act::SecondFactorOff, user.id, json!({}))
                .await?;
        }
        Ok(tx.commit().await?)
    }

    /// Whether a code is the person's, which it is once. Wrong ones are counted.
    ///
    /// # Errors
    /// [`AppError::WrongCode`]; [`AppError::TooManyAttempts`] after too many of them.
    pub(crate) async fn take_code(&self, user: &User, code: &str) -> Result<(), AppError> {
        Ok(self.code_tx(user, code).await?.commit().await?)
    }

    /// The transaction in which the code of a person was taken: what they prove themselves for
    /// commits together with it.
    async fn code_tx(&self, user: &User, code: &str) -> Result<Tx, AppError> {
        let mut tx = self.inner.store.begin().await?;
        self.refuse_if_over(&mut tx, &[bucket(user.id)]).await?;
        if !has_second_factor(&mut tx, user.id).await? {
            return Err(none_to_take());
        }
        let found = second_factors::find_second_factor(&mut tx, user.id).await?;
        let factor = found.filter(|factor| factor.confirmed_at.is_some());
        let fits = match (Code::read(code), factor) {
            (Code::Time(digits), Some(factor)) => {
                self.take_time_code(&mut tx, &factor, &digits).await?
            }
            (Code::Time(_), None) => false,
            (Code::Recovery(letters), _) => {
                let code = recovery_code(user.id, &letters);
                let fits = second_factors::use_recovery_code(&mut tx, &code).await?;
                if fits {
                    let left = second_factors::count_recovery_codes(&mut tx, user.id).await?;
                    let told = json!({"left": left});
                    self.note_own(&mut tx, user, Act::RecoveryCodeUsed, told)
                        .await?;
                }
                fits
            }
        };
        if fits {
            return Ok(tx);
        }
        Err(self.count_wrong_code(tx, user.id).await?)
    }

    /// The same for a form whose field `code` holds it.
    pub(crate) async fn proved_tx(&self, user: &User, code: &str) -> Result<Tx, AppError> {
        self.code_tx(user, code).await.map_err(AppError::on_field)
    }

    /// The same where who has passkeys alone may have proved lately by one, instead of a code.
    async fn doubly_proved_tx(
        &self,
        visitor: &Visitor,
        user: &User,
        code: Option<&str>,
    ) -> Result<Tx, AppError> {
        if let Some(code) = given(code) {
            return self.proved_tx(user, code).await;
        }
        let mut tx = self.inner.store.begin().await?;
        if has_authenticator(&mut tx, user.id).await? {
            return Err(code_missing());
        }
        if !has_second_factor(&mut tx, user.id).await? {
            return Err(none_to_take());
        }
        self.require_proof(visitor)?;
        Ok(tx)
    }

    /// The wrong code is counted in the transaction that looked at the limit, so that tries at the
    /// same moment do not pass together.
    async fn count_wrong_code(&self, mut tx: Tx, user: UserId) -> Result<AppError, AppError> {
        let now = self.now();
        let since = now.plus_ms(-ATTEMPTS_WINDOW_MS);
        throttle::record_login_failure(&mut tx, &bucket(user), now, since).await?;
        tx.commit().await?;
        Ok(AppError::WrongCode)
    }

    async fn take_time_code(
        &self,
        tx: &mut Tx,
        factor: &SecondFactor,
        digits: &str,
    ) -> Result<bool, AppError> {
        let secret = self.open_secret(tx, place(factor.user_id)).await?;
        let Some(secret) = secret else {
            return Ok(false);
        };
        let Some(step) = codes::accepted_step(&secret, digits, self.now(), factor.last_step)?
        else {
            return Ok(false);
        };
        second_factors::set_last_step(tx, factor.user_id, step).await?;
        Ok(true)
    }

    pub(crate) async fn make_recovery_codes(
        &self,
        tx: &mut Tx,
        user: UserId,
    ) -> Result<Vec<String>, AppError> {
        let made: Vec<String> = (0..RECOVERY_CODES)
            .map(|_| codes::new_recovery_code(self.inner.surroundings.as_ref()))
            .collect();
        let kept: Vec<RecoveryCode> = made.iter().map(|code| recovery_code(user, code)).collect();
        second_factors::put_recovery_codes(tx, user, &kept).await?;
        Ok(made.iter().map(|code| codes::shown(code)).collect())
    }

    async fn rescue(&self, tx: &mut Tx, user: &User) -> Result<(), AppError> {
        if !has_second_factor(tx, user.id).await? {
            return Err(none_to_take());
        }
        self.drop_authenticator(tx, user).await?;
        passkeys::delete_passkeys(tx, user.id).await?;
        self.drop_codes_of_nothing(tx, user).await?;
        sessions::delete_other_sessions(tx, user.id, None).await?;
        Ok(())
    }

    async fn drop_authenticator(&self, tx: &mut Tx, user: &User) -> Result<(), AppError> {
        second_factors::delete_second_factor(tx, user.id).await?;
        self.forget_secret(tx, place(user.id)).await
    }

    pub(crate) async fn tell_person(
        &self,
        tx: &mut Tx,
        user: &User,
        topic: Topic,
    ) -> Result<(), AppError> {
        let recipient = Recipient {
            email: user.email.clone(),
            user: Some(user.id),
            invitation: None,
            about: None,
        };
        self.put_mail(tx, topic, recipient).await
    }

    pub(crate) async fn note_own(
        &self,
        tx: &mut Tx,
        user: &User,
        act: Act,
        details: Value,
    ) -> Result<(), AppError> {
        self.note_person(tx, user.id, user.called(), act, details)
            .await
    }
}

/// Whether a password alone does not sign the person in: they have an authenticator or a passkey.
pub(crate) async fn has_second_factor(
    connection: &mut Connection,
    user: UserId,
) -> Result<bool, AppError> {
    let has_passkeys = passkeys::count_passkeys(connection, user).await? > 0;
    Ok(has_passkeys || has_authenticator(connection, user).await?)
}

/// What was typed into the field of the code, if anything was.
pub(crate) fn given(code: Option<&str>) -> Option<&str> {
    code.map(str::trim).filter(|code| !code.is_empty())
}

pub(crate) fn code_missing() -> AppError {
    let detail = "a code of your authenticator, or a recovery code, is needed too";
    AppError::invalid("code", "required", detail)
}

async fn has_authenticator(connection: &mut Connection, user: UserId) -> Result<bool, AppError> {
    let found = second_factors::find_second_factor(connection, user).await?;
    Ok(found.is_some_and(|factor| factor.confirmed_at.is_some()))
}

fn place(user: UserId) -> Place<'static> {
    Place {
        table: "second_factors",
        field: "totp_secret",
        row: user.0,
        workspace: None,
    }
}

/// Wrong codes of a person are counted wherever they are typed in.
fn bucket(user: UserId) -> String {
    format!("code:{user}")
}

fn recovery_code(user: UserId, letters: &str) -> RecoveryCode {
    RecoveryCode {
        user_id: user,
        code_hash: digest(&format!("recovery code of {user}: {letters}")).to_vec(),
    }
}

fn none_to_take() -> AppError {
    AppError::NotFound {
        what: "second factor",
    }
}

fn on_already() -> AppError {
    AppError::Conflict {
        code: "second_factor_on",
        field: None,
        detail: "the second factor is on already: switch it off first".to_owned(),
    }
}
