//! Passkeys: keys on people's devices, each of which signs its person in by itself, because the
//! device looks who is using it. So a passkey is a second factor too, and a proof.

use base::{UnixMillis, UserId};
use serde_json::{Value, json};
use store::passkeys::{self, NewPasskey, Passkey};
use store::users::{self, User};
use store::{PasskeyId, StoreError, Tx, second_factors, sessions};
use webauthn_rs::prelude::{
    DiscoverableAuthentication, DiscoverableKey, PasskeyRegistration, PublicKeyCredential,
    RegisterPublicKeyCredential, WebauthnError,
};

use crate::audit::Act;
use crate::ceremonies::Ceremonial;
use crate::error::Step as _;
use crate::mail::Topic;
use crate::people::check_name;
use crate::second_factor::has_second_factor;
use crate::sign_in::{Origin, Proven, SignedIn, Visitor};
use crate::{App, AppError};

mod party;

pub use party::why_no_passkeys;
use party::{Challenge, Party};

/// More devices than anybody has.
const PASSKEYS_MAX: usize = 20;

/// A passkey as its person sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PasskeyView {
    pub id: PasskeyId,
    pub name: String,
    pub created_at: UnixMillis,
    pub last_used_at: Option<UnixMillis>,
    pub version: i64,
}

/// A new passkey, and, where it is the person's first second factor, recovery codes that are shown
/// once.
#[derive(Debug)]
pub struct AddedPasskey {
    pub passkey: PasskeyView,
    pub recovery_codes: Option<Vec<String>>,
}

impl App {
    /// Whether browsers can use passkeys at the address that people use.
    #[must_use]
    pub fn has_passkeys(&self) -> bool {
        why_no_passkeys(&self.inner.settings.base_url).is_none()
    }

    /// # Errors
    /// When the store cannot be read.
    pub async fn list_passkeys(&self, visitor: &Visitor) -> Result<Vec<PasskeyView>, AppError> {
        let mut connection = self.inner.store.read().await?;
        let found = passkeys::list_passkeys(&mut connection, visitor.user).await?;
        Ok(found.into_iter().map(view).collect())
    }

    /// Begins to add a passkey; what the browser has to be told.
    ///
    /// # Errors
    /// When the address is none that passkeys work at, or the person has too many.
    pub async fn begin_passkey(&self, visitor: &Visitor) -> Result<Value, AppError> {
        let party = Party::at(&self.inner.settings.base_url)?;
        let (user, known) = {
            let mut connection = self.inner.store.read().await?;
            let user = users::load_user(&mut connection, visitor.user).await?;
            let known = passkeys::list_passkeys(&mut connection, visitor.user).await?;
            (user, known)
        };
        refuse_if_full(&known)?;
        let handle = match known.first() {
            Some(passkey) => passkey.user_handle.clone(),
            None => party::new_handle(self.inner.surroundings.as_ref()),
        };
        let Challenge { options, state } = party.registration(&user, &handle, &known)?;
        let state = json!({"handle": handle, "state": state});
        self.begin_own_ceremony(Ceremonial::NewPasskey, visitor, state)
            .await?;
        Ok(options)
    }

    /// Adds the passkey that the browser has made. Every other session of the person ends.
    ///
    /// # Errors
    /// When the name is missing, nothing was begun, or the answer is not what was asked for.
    pub async fn add_passkey(
        &self,
        visitor: &Visitor,
        name: &str,
        answer: Value,
    ) -> Result<AddedPasskey, AppError> {
        let name = checked_name(name)?;
        let begun = self
            .take_own_ceremony(Ceremonial::NewPasskey, visitor)
            .await?;
        let party = Party::at(&self.inner.settings.base_url)?;
        let state: PasskeyRegistration = read(begun["state"].clone())?;
        let answer: RegisterPublicKeyCredential = understood(answer)?;
        let made = party
            .webauthn
            .finish_passkey_registration(&answer, &state)
            .map_err(|error| refused(&error))?;
        let passkey = NewPasskey {
            user_id: visitor.user,
            user_handle: begun["handle"].as_str().unwrap_or_default().to_owned(),
            credential_id: made.cred_id().to_vec(),
            credential: serde_json::to_value(&made).step("keep a passkey")?,
            name,
            created_at: self.now(),
        };
        self.keep_passkey(visitor, passkey).await
    }

    async fn keep_passkey(
        &self,
        visitor: &Visitor,
        new: NewPasskey,
    ) -> Result<AddedPasskey, AppError> {
        let mut tx = self.inner.store.begin().await?;
        self.require_session(&mut tx, visitor).await?;
        let user = users::load_user(&mut tx, visitor.user).await?;
        refuse_if_full(&passkeys::list_passkeys(&mut tx, user.id).await?)?;
        let is_first = !has_second_factor(&mut tx, user.id).await?;
        let id = passkeys::insert_passkey(&mut tx, &new)
            .await
            .map_err(taken)?;
        let recovery_codes = match is_first {
            true => Some(self.make_recovery_codes(&mut tx, user.id).await?),
            false => None,
        };
        sessions::delete_other_sessions(&mut tx, user.id, Some(visitor.session)).await?;
        self.tell_person(&mut tx, &user, Topic::PasskeyAdded)
            .await?;
        let told = json!({"name": &new.name});
        self.note_own(&mut tx, &user, Act::PasskeyAdded, told)
            .await?;
        tx.commit().await?;
        self.mail_put();
        let passkey = PasskeyView {
            id,
            name: new.name,
            created_at: new.created_at,
            last_used_at: None,
            version: 1,
        };
        Ok(AddedPasskey {
            passkey,
            recovery_codes,
        })
    }

    /// Gives a passkey of the person, as it was read at `version`, another name.
    ///
    /// # Errors
    /// When the name is missing, the person has no such passkey, or it was renamed meanwhile.
    pub async fn rename_passkey(
        &self,
        visitor: &Visitor,
        id: PasskeyId,
        version: i64,
        name: &str,
    ) -> Result<PasskeyView, AppError> {
        let name = checked_name(name)?;
        let mut tx = self.inner.store.begin().await?;
        let user = users::load_user(&mut tx, visitor.user).await?;
        let earlier = own_passkey(&mut tx, user.id, id).await?;
        let version = passkeys::rename_passkey(&mut tx, user.id, id, version, &name).await?;
        let told = json!({"name": [&earlier.name, &name]});
        self.note_own(&mut tx, &user, Act::PasskeyRenamed, told)
            .await?;
        tx.commit().await?;
        Ok(PasskeyView {
            name,
            version,
            ..view(earlier)
        })
    }

    /// Removes a passkey of the person, as it was read at `version`. Every other session of theirs
    /// ends. With the last one, where there is no authenticator, the second factor is off.
    ///
    /// # Errors
    /// When the person has no such passkey, or it was renamed meanwhile.
    pub async fn remove_passkey(
        &self,
        visitor: &Visitor,
        id: PasskeyId,
        version: i64,
    ) -> Result<(), AppError> {
        let mut tx = self.inner.store.begin().await?;
        self.require_session(&mut tx, visitor).await?;
        let user = users::load_user(&mut tx, visitor.user).await?;
        let passkey = own_passkey(&mut tx, user.id, id).await?;
        passkeys::delete_passkey(&mut tx, user.id, id, version).await?;
        sessions::delete_other_sessions(&mut tx, user.id, Some(visitor.session)).await?;
        let told = json!({"name": passkey.name});
        self.note_own(&mut tx, &user, Act::PasskeyRemoved, told)
            .await?;
        if self.drop_codes_of_nothing(&mut tx, &user).await? {
            self.note_own(&mut tx, &user, Act::SecondFactorOff, json!({}))
                .await?;
        }
        tx.commit().await?;
        self.mail_put();
        Ok(())
    }

    /// Recovery codes stand for a second factor: without any they go, and the person is told.
    /// Whether that is so.
    pub(crate) async fn drop_codes_of_nothing(
        &self,
        tx: &mut Tx,
        user: &User,
    ) -> Result<bool, AppError> {
        if has_second_factor(tx, user.id).await? {
            return Ok(false);
        }
        second_factors::delete_recovery_codes(tx, user.id).await?;
        self.tell_person(tx, user, Topic::SecondFactorOff).await?;
        Ok(true)
    }

    /// Begins a sign-in by passkey; what the browser has to be told, and what it has to show with
    /// its answer. Anybody gets the same, so nobody learns who has a passkey.
    ///
    /// # Errors
    /// When the address is none that passkeys work at; [`AppError::TooManyAttempts`] after too many
    /// failures of this network.
    pub async fn begin_passkey_sign_in(
        &self,
        origin: &Origin,
    ) -> Result<(Value, String), AppError> {
        self.refuse_if_throttled(&[bucket(origin)]).await?;
        let party = Party::at(&self.inner.settings.base_url)?;
        let Challenge { options, state } = party.authentication(&[])?;
        let shown = self.begin_ceremony(Ceremonial::SignIn, state)?;
        Ok((options, shown))
    }

    /// Begins a session of the person whose passkey has answered.
    ///
    /// # Errors
    /// [`AppError::PasskeyRefused`] when the answer is not a passkey's to what was asked;
    /// [`AppError::TooManyAttempts`] after too many failures of this network.
    pub async fn sign_in_by_passkey(
        &self,
        shown: Option<&str>,
        answer: Value,
        origin: &Origin,
    ) -> Result<SignedIn, AppError> {
        let buckets = [bucket(origin)];
        self.refuse_if_throttled(&buckets).await?;
        let state = self.take_ceremony(Ceremonial::SignIn, shown).await?;
        let token = self.new_token();
        match self.passkey_tx(state, answer, None).await {
            Ok((tx, user)) => {
                self.begin_session_in(tx, token, user, Proven::Passkey, origin)
                    .await
            }
            Err(failed) => Err(self.counted(failed, &buckets).await?),
        }
    }

    /// Begins a proof by passkey; what the browser has to be told.
    ///
    /// # Errors
    /// When the address is none that passkeys work at, or the person has none.
    pub async fn begin_passkey_proof(&self, visitor: &Visitor) -> Result<Value, AppError> {
        let party = Party::at(&self.inner.settings.base_url)?;
        let known = {
            let mut connection = self.inner.store.read().await?;
            passkeys::list_passkeys(&mut connection, visitor.user).await?
        };
        if known.is_empty() {
            return Err(AppError::NotFound { what: "passkey" });
        }
        let Challenge { options, state } = party.authentication(&known)?;
        self.begin_own_ceremony(Ceremonial::Proof, visitor, state)
            .await?;
        Ok(options)
    }

    /// Proves by a passkey that it is the person.
    ///
    /// # Errors
    /// When nothing was begun, or the answer is not one of a passkey of the person;
    /// [`AppError::TooManyAttempts`] after too many of those.
    pub async fn prove_by_passkey(&self, visitor: &Visitor, answer: Value) -> Result<(), AppError> {
        let buckets = [format!("passkey:{}", visitor.user)];
        self.refuse_if_throttled(&buckets).await?;
        let state = self.take_own_ceremony(Ceremonial::Proof, visitor).await?;
        match self.passkey_tx(state, answer, Some(visitor.user)).await {
            Ok((mut tx, user)) => {
                sessions::prove_session(&mut tx, user.id, visitor.session, self.now()).await?;
                let told = json!({"by": Proven::Passkey.name()});
                self.note_own(&mut tx, &user, Act::SessionProved, told)
                    .await?;
                Ok(tx.commit().await?)
            }
            Err(failed) => Err(self.counted(failed, &buckets).await?),
        }
    }

    /// A refused answer counts as a failed attempt; that a store is away does not.
    async fn counted(&self, failed: AppError, buckets: &[String]) -> Result<AppError, AppError> {
        if matches!(failed, AppError::PasskeyRefused) {
            self.count_failure(buckets).await?;
        }
        Ok(failed)
    }

    /// The transaction in which the use of a passkey was kept, and whose it is.
    async fn passkey_tx(
        &self,
        state: Value,
        answer: Value,
        expected: Option<UserId>,
    ) -> Result<(Tx, User), AppError> {
        let party = Party::at(&self.inner.settings.base_url)?;
        let state: DiscoverableAuthentication = read(state)?;
        let answer: PublicKeyCredential = understood(answer)?;
        let mut tx = self.inner.store.begin().await?;
        let found = passkeys::find_passkey(&mut tx, answer.get_credential_id()).await?;
        let passkey = found
            .filter(|passkey| is_meant(passkey, &answer, expected))
            .ok_or(AppError::PasskeyRefused)?;
        let user = users::load_user(&mut tx, passkey.user_id).await?;
        let mut key: webauthn_rs::prelude::Passkey = read(passkey.credential.clone())?;
        let of_key = DiscoverableKey::from(&key);
        let used = match party
            .webauthn
            .finish_discoverable_authentication_v2(&answer, state, &of_key)
        {
            Ok(used) => used,
            Err(error) => {
                let act = match error {
                    WebauthnError::CredentialPossibleCompromise => Act::PasskeyDoubted,
                    _ => Act::PasskeyRefused,
                };
                let told = json!({"name": passkey.name});
                self.note_own(&mut tx, &user, act, told).await?;
                tx.commit().await?;
                return Err(refused(&error));
            }
        };
        key.update_credential(&used);
        let credential = serde_json::to_value(&key).step("keep a passkey")?;
        passkeys::use_passkey(&mut tx, passkey.id, &credential, self.now()).await?;
        Ok((tx, user))
    }
}

/// A device that says whom the passkey is of has to say the right one, and for signing in it has to
/// say it.
fn is_meant(passkey: &Passkey, answer: &PublicKeyCredential, expected: Option<UserId>) -> bool {
    let told = answer.get_user_unique_id();
    let fits = told.map(|told| party::is_handle(&passkey.user_handle, told));
    match expected {
        Some(user) => passkey.user_id == user && fits.unwrap_or(true),
        None => fits.unwrap_or(false),
    }
}

async fn own_passkey(tx: &mut Tx, user: UserId, id: PasskeyId) -> Result<Passkey, AppError> {
    let own = passkeys::list_passkeys(tx, user).await?;
    own.into_iter()
        .find(|passkey| passkey.id == id)
        .ok_or(AppError::NotFound { what: "passkey" })
}

fn refuse_if_full(known: &[Passkey]) -> Result<(), AppError> {
    if known.len() < PASSKEYS_MAX {
        return Ok(());
    }
    Err(AppError::Conflict {
        code: "too_many_passkeys",
        field: None,
        detail: format!("nobody has more than {PASSKEYS_MAX} passkeys: remove one first"),
    })
}

fn checked_name(name: &str) -> Result<String, AppError> {
    let name = check_name("name", name)?;
    if name.is_empty() {
        let detail = "say on which device the passkey is";
        return Err(AppError::invalid("name", "required", detail));
    }
    Ok(name)
}

/// What the store has kept of the library's.
fn read<T: serde::de::DeserializeOwned>(kept: Value) -> Result<T, AppError> {
    serde_json::from_value(kept).step("read what is kept of a passkey")
}

fn understood<T: serde::de::DeserializeOwned>(answer: Value) -> Result<T, AppError> {
    serde_json::from_value(answer).map_err(|error| {
        tracing::info!(%error, "a passkey's answer was not understood");
        AppError::PasskeyRefused
    })
}

/// Why goes into the log alone: it helps whoever tries.
fn refused(error: &WebauthnError) -> AppError {
    tracing::info!(%error, "a passkey's answer was refused");
    AppError::PasskeyRefused
}

fn taken(error: StoreError) -> AppError {
    match error {
        StoreError::Conflict { .. } => AppError::PasskeyRefused,
        other => other.into(),
    }
}

fn bucket(origin: &Origin) -> String {
    format!("network:{}", origin.network)
}

fn view(passkey: Passkey) -> PasskeyView {
    PasskeyView {
        id: passkey.id,
        name: passkey.name,
        created_at: passkey.created_at,
        last_used_at: passkey.last_used_at,
        version: passkey.version,
    }
}
