//! Signing in and out: throttled by address and by e-mail, one session for each browser.

use base::{UnixMillis, UserId, WorkspaceId};
use domain::contact::Email;
use serde_json::json;
use store::sessions::{NewSession, Session};
use store::users::User;
use store::{
    Connection, Page, PageRequest, SessionId, Tx, ceremonies, idempotency, mails, passkeys,
    secrets, sessions, throttle, tokens, users,
};

use crate::actor::Who;
use crate::audit::Act;
use crate::mail::FAILURES_KEPT_MS;
use crate::members::{Membership, memberships};
use crate::people::{Vouched, Ways, has_provider_links};
use crate::recovery::end_errands;
use crate::second_factor::{given, has_second_factor};
use crate::{Actor, App, AppError, Sight, password, surroundings};

const DAY_MS: i64 = 24 * 60 * 60 * 1000;
/// Failed attempts are counted within this window.
pub(crate) const ATTEMPTS_WINDOW_MS: i64 = 15 * 60 * 1000;
/// A session's last use is written at most this often.
const TOUCH_INTERVAL_MS: i64 = 5 * 60 * 1000;
const USER_AGENT_CHARS_MAX: usize = 300;
const BY_PROVIDER_TWICE: &str = "provider_twice";
/// Earlier than anything that is a proof still.
const NEVER: UnixMillis = UnixMillis(0);

/// Where a sign-in comes from.
#[derive(Debug, Clone, Default)]
pub struct Origin {
    pub user_agent: String,
    /// Address with its last part cut off.
    pub network: String,
}

/// What a person has shown of themself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Proven {
    Password,
    PasswordAndCode,
    Passkey,
    /// The provider vouches for them; when it asked them last is its own affair.
    Provider,
    ProviderAndCode,
    /// The provider vouches for a second factor too.
    ProviderTwice,
}

impl Proven {
    /// How sessions are listed and noted.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Password | Self::PasswordAndCode => "password",
            Self::Passkey => "passkey",
            Self::Provider | Self::ProviderAndCode => "provider",
            Self::ProviderTwice => BY_PROVIDER_TWICE,
        }
    }

    /// Whether a second factor of the person is asked for beside it.
    fn is_half(self) -> bool {
        matches!(self, Self::Password | Self::Provider)
    }

    /// Whether it shows that the person is at the keyboard now.
    fn is_proof(self) -> bool {
        matches!(self, Self::Password | Self::PasswordAndCode | Self::Passkey)
    }
}

/// A new session; the token goes into the cookie and is never stored.
#[derive(Debug)]
pub struct SignedIn {
    pub token: String,
    pub user: User,
    pub workspaces: Vec<Membership>,
    pub ways: Ways,
}

/// A person with a live session.
#[derive(Debug, Clone)]
pub struct Visitor {
    pub session: SessionId,
    pub user: UserId,
    pub name: String,
    /// When the person last proved that it is them.
    pub proved_at: UnixMillis,
    pub vouched: Vouched,
}

impl App {
    /// Checks e-mail and password, and a code where the person has a second factor, and
    /// begins a session. Without the right password nobody learns who has a second factor.
    ///
    /// # Errors
    /// [`AppError::BadCredentials`] without telling which was wrong;
    /// [`AppError::SecondFactorNeeded`] where the code is missing and [`AppError::WrongCode`];
    /// [`AppError::TooManyAttempts`] after too many failures of this address or e-mail.
    pub async fn sign_in(
        &self,
        email: &str,
        password: String,
        code: Option<&str>,
        origin: &Origin,
    ) -> Result<SignedIn, AppError> {
        let email = Email::parse(email)
            .map(|email| email.to_string())
            .unwrap_or_default();
        let buckets = [
            format!("email:{email}"),
            format!("network:{}", origin.network),
        ];
        let turn = password::turn().await?;
        self.refuse_if_throttled(&buckets).await?;
        let user = {
            let mut connection = self.inner.store.read().await?;
            users::find_user_by_email(&mut connection, &email).await?
        };
        let hash = user.as_ref().map(|user| user.password_hash.clone());
        let fits = password::verify(&turn, password, hash).await?;
        match user.filter(|_| fits) {
            Some(user) => {
                let proven = match self.check_sign_in_code(&user, code).await {
                    Err(AppError::WrongCode) => {
                        self.count_failure(&buckets).await?;
                        self.note_failure(&email).await?;
                        return Err(AppError::WrongCode);
                    }
                    proven => proven?,
                };
                let mut tx = self.inner.store.begin().await?;
                throttle::clear_login_failures(&mut tx, &buckets[0]).await?;
                tx.commit().await?;
                self.begin_session(user, proven, origin).await
            }
            None => {
                self.count_failure(&buckets).await?;
                self.note_failure(&email).await?;
                Err(wrong_credentials())
            }
        }
    }

    async fn check_sign_in_code(
        &self,
        user: &User,
        code: Option<&str>,
    ) -> Result<Proven, AppError> {
        let is_asked = {
            let mut connection = self.inner.store.read().await?;
            has_second_factor(&mut connection, user.id).await?
        };
        match given(code) {
            _ if !is_asked => Ok(Proven::Password),
            None => Err(AppError::SecondFactorNeeded),
            Some(code) => {
                self.take_code(user, code).await?;
                Ok(Proven::PasswordAndCode)
            }
        }
    }

    /// What was changed since the password was looked at counts: another password is not what was
    /// given, and a second factor that was switched on is asked for still.
    pub(crate) async fn begin_session(
        &self,
        user: User,
        proven: Proven,
        origin: &Origin,
    ) -> Result<SignedIn, AppError> {
        let token = self.new_token();
        let tx = self.inner.store.begin().await?;
        self.begin_session_in(tx, token, user, proven, origin).await
    }

    /// What the cookie of a session is to hold.
    pub(crate) fn new_token(&self) -> String {
        surroundings::secret(self.inner.surroundings.as_ref())
    }

    /// The same in the transaction in which something was used up for it.
    pub(crate) async fn begin_session_in(
        &self,
        mut tx: Tx,
        token: String,
        user: User,
        proven: Proven,
        origin: &Origin,
    ) -> Result<SignedIn, AppError> {
        let now = self.now();
        let session = NewSession {
            user_id: user.id,
            token_hash: digest(&token).to_vec(),
            created_at: now,
            last_used_at: now,
            expires_at: self.session_end(now),
            user_agent: origin
                .user_agent
                .chars()
                .take(USER_AGENT_CHARS_MAX)
                .collect(),
            ip_trunc: origin.network.clone(),
            proved_at: if proven.is_proof() { now } else { NEVER },
            signed_in_by: proven.name().to_owned(),
        };
        let current = users::load_user(&mut tx, user.id).await?;
        if current.password_hash != user.password_hash {
            return Err(wrong_credentials());
        }
        let has_second_factor = has_second_factor(&mut tx, user.id).await?;
        if has_second_factor && proven.is_half() {
            return Err(AppError::SecondFactorNeeded);
        }
        let ways = Ways {
            has_second_factor,
            has_passkeys: passkeys::count_passkeys(&mut tx, user.id).await? > 0,
            has_provider_links: has_provider_links(&mut tx, user.id).await?,
            vouched: vouched(&session.signed_in_by),
        };
        sessions::insert_session(&mut tx, &session).await?;
        let workspaces = memberships(&mut tx, user.id).await?;
        let told = json!({"by": proven.name()});
        self.note_person(&mut tx, user.id, user.called(), Act::SignedIn, told)
            .await?;
        tx.commit().await?;
        Ok(SignedIn {
            token,
            user,
            workspaces,
            ways,
        })
    }

    /// The person of a session cookie.
    ///
    /// # Errors
    /// [`AppError::Unauthenticated`] when the token is no live session's.
    pub async fn session(&self, token: &str) -> Result<Visitor, AppError> {
        let now = self.now();
        let mut connection = self.inner.store.read().await?;
        let session = sessions::find_session(&mut connection, &digest(token), now)
            .await?
            .ok_or(AppError::Unauthenticated)?;
        let user = users::load_user(&mut connection, session.user_id).await?;
        drop(connection);
        let is_ahead = session.last_used_at > now;
        if is_ahead || now.since_ms(session.last_used_at) > TOUCH_INTERVAL_MS {
            let mut tx = self.inner.store.begin().await?;
            sessions::touch_session(&mut tx, session.id, now, self.session_end(now)).await?;
            tx.commit().await?;
        }
        let name = user.called().to_owned();
        Ok(Visitor {
            session: session.id,
            user: user.id,
            name,
            proved_at: session.proved_at,
            vouched: vouched(&session.signed_in_by),
        })
    }

    /// The actor that a person is in a workspace: the wanted one, or the first.
    ///
    /// # Errors
    /// When the person is no member; [`AppError::SecondFactorRequired`] when the workspace asks
    /// those of their role for a second factor and they have none.
    pub async fn actor_of(
        &self,
        visitor: &Visitor,
        wanted: Option<WorkspaceId>,
    ) -> Result<Actor, AppError> {
        let mut connection = self.inner.store.read().await?;
        let mut mine = memberships(&mut connection, visitor.user)
            .await?
            .into_iter();
        let membership = match wanted {
            Some(id) => mine.find(|membership| membership.workspace.id == id),
            None => mine.next(),
        }
        .ok_or(AppError::NotFound { what: "workspace" })?;
        if membership.asks_for_second_factor()?
            && visitor.vouched == Vouched::Nothing
            && !has_second_factor(&mut connection, visitor.user).await?
        {
            return Err(AppError::SecondFactorRequired);
        }
        let workspace = membership.workspace.id;
        let sight = Sight::of_member(
            &mut connection,
            workspace,
            visitor.user,
            membership.breadth,
            membership.channels,
        )
        .await?;
        let who = Who::Person {
            user: visitor.user,
            name: visitor.name.clone(),
            role: membership.role,
            sight,
            session: Some(visitor.session),
        };
        Ok(Actor { workspace, who })
    }

    /// # Errors
    /// When the store cannot be read.
    pub async fn list_sessions(
        &self,
        visitor: &Visitor,
        page: PageRequest,
    ) -> Result<Page<Session>, AppError> {
        let mut connection = self.inner.store.read().await?;
        Ok(sessions::list_sessions(&mut connection, visitor.user, self.now(), page).await?)
    }

    /// Ends one session of the person.
    ///
    /// # Errors
    /// When the person has no such session.
    pub async fn end_session(&self, visitor: &Visitor, id: SessionId) -> Result<(), AppError> {
        let mut tx = self.inner.store.begin().await?;
        sessions::delete_session(&mut tx, visitor.user, id).await?;
        self.note_visitor(&mut tx, visitor, Act::SessionEnded)
            .await?;
        Ok(tx.commit().await?)
    }

    /// Sets a new password and ends every other session.
    ///
    /// # Errors
    /// When the current password is wrong or the new one is too weak;
    /// [`AppError::TooManyAttempts`] after too many wrong ones.
    pub async fn change_password(
        &self,
        visitor: &Visitor,
        current: String,
        new: String,
    ) -> Result<(), AppError> {
        password::check_strength("new", &new)?;
        self.require_proof_beyond_password(visitor).await?;
        let user = self.check_own_password(visitor, "current", current).await?;
        let hash = password::hash(new, self.inner.surroundings.as_ref()).await?;
        let mut tx = self.inner.store.begin().await?;
        self.require_session(&mut tx, visitor).await?;
        users::set_password(&mut tx, visitor.user, &hash).await?;
        sessions::delete_other_sessions(&mut tx, visitor.user, Some(visitor.session)).await?;
        end_errands(&mut tx, user.id, &user.email).await?;
        self.tell_of_password(&mut tx, user.id, &user.email).await?;
        self.note_visitor(&mut tx, visitor, Act::PasswordChanged)
            .await?;
        tx.commit().await?;
        self.mail_put();
        Ok(())
    }

    /// The person, after their password was asked for once more.
    pub(crate) async fn check_own_password(
        &self,
        visitor: &Visitor,
        field: &'static str,
        password: String,
    ) -> Result<User, AppError> {
        let user = {
            let mut connection = self.inner.store.read().await?;
            users::load_user(&mut connection, visitor.user).await?
        };
        let bucket = [format!("password:{}", visitor.user)];
        let turn = password::turn().await?;
        self.refuse_if_throttled(&bucket).await?;
        if password::verify(&turn, password, Some(user.password_hash.clone())).await? {
            return Ok(user);
        }
        self.count_failure(&bucket).await?;
        let detail = "the password is wrong";
        Err(AppError::invalid(field, "wrong_password", detail))
    }

    /// Removes expired sessions and tokens, and old failures. A session that a clock running ahead
    /// has given too long a life gets the usual one.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub async fn purge_sign_ins(&self) -> Result<(), AppError> {
        let now = self.now();
        let mut tx = self.inner.store.begin().await?;
        sessions::purge_sessions(&mut tx, now).await?;
        sessions::cap_sessions(&mut tx, self.session_end(now)).await?;
        throttle::purge_login_failures(&mut tx, now.plus_ms(-ATTEMPTS_WINDOW_MS)).await?;
        tokens::purge_tokens(&mut tx, now).await?;
        ceremonies::purge_ceremonies(&mut tx, now).await?;
        secrets::purge_key_secrets(&mut tx, now).await?;
        mails::purge_mails(&mut tx, now.plus_ms(-FAILURES_KEPT_MS)).await?;
        idempotency::purge_idempotency_keys(&mut tx, now.plus_ms(-DAY_MS)).await?;
        Ok(tx.commit().await?)
    }

    /// Told to the workspaces of the person whose account it was tried on, if there is one.
    async fn note_failure(&self, email: &str) -> Result<(), AppError> {
        let mut tx = self.inner.store.begin().await?;
        if let Some(user) = users::find_user_by_email(&mut tx, email).await? {
            let name = user.called();
            self.note_person(&mut tx, user.id, name, Act::SignInFailed, json!({}))
                .await?;
        }
        Ok(tx.commit().await?)
    }

    async fn note_visitor(&self, tx: &mut Tx, visitor: &Visitor, act: Act) -> Result<(), AppError> {
        self.note_person(tx, visitor.user, &visitor.name, act, json!({}))
            .await
    }

    pub(crate) async fn count_failure(&self, buckets: &[String]) -> Result<(), AppError> {
        let now = self.now();
        let mut tx = self.inner.store.begin().await?;
        for bucket in buckets {
            let since = now.plus_ms(-ATTEMPTS_WINDOW_MS);
            throttle::record_login_failure(&mut tx, bucket, now, since).await?;
        }
        Ok(tx.commit().await?)
    }

    pub(crate) async fn refuse_if_throttled(&self, buckets: &[String]) -> Result<(), AppError> {
        let mut connection = self.inner.store.read().await?;
        self.refuse_if_over(&mut connection, buckets).await
    }

    /// The same as the transaction sees it that will count.
    pub(crate) async fn refuse_if_over(
        &self,
        connection: &mut Connection,
        buckets: &[String],
    ) -> Result<(), AppError> {
        let now = self.now();
        for bucket in buckets {
            let since = now.plus_ms(-ATTEMPTS_WINDOW_MS);
            let found = throttle::find_login_failures(connection, bucket, since).await?;
            let max = i64::from(self.inner.settings.attempts_max);
            // The next failure begins a new window where this one is yet to come.
            let latest = now.plus_ms(throttle::AHEAD_MS);
            let counts = |failed: &throttle::LoginFailures| {
                failed.failures >= max && failed.started_at <= latest
            };
            if let Some(failed) = found.filter(counts) {
                let left_ms = ATTEMPTS_WINDOW_MS - now.since_ms(failed.started_at);
                let retry_after_s = (left_ms / 1000).max(1);
                return Err(AppError::TooManyAttempts { retry_after_s });
            }
        }
        Ok(())
    }

    fn session_end(&self, now: UnixMillis) -> UnixMillis {
        now.plus_ms(self.inner.settings.session_days.saturating_mul(DAY_MS))
    }
}

fn vouched(signed_in_by: &str) -> Vouched {
    match signed_in_by {
        BY_PROVIDER_TWICE => Vouched::SecondFactor,
        _ => Vouched::Nothing,
    }
}

fn wrong_credentials() -> AppError {
    AppError::BadCredentials {
        detail: "e-mail or password is wrong",
    }
}

/// What is stored of a secret: enough to recognise it, not enough to use it.
#[must_use]
pub fn digest(secret: &str) -> [u8; 32] {
    *blake3::hash(secret.as_bytes()).as_bytes()
}
