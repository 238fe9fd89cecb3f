//! Signing in by a provider of identities (`OpenID` Connect): where an organisation keeps its
//! people in one place, they come in from there. An account there signs in who linked it, and
//! nobody by their address alone.

use base::{UnixMillis, UserId};
use connect::oidc::{Claims, Freshness};
use serde_json::{Value, json};
use store::provider_links::{self, NewProviderLink, ProviderLink};
use store::users::{self, NewUser, User};
use store::{ProviderLinkId, StoreError, Tx, sessions};

use crate::audit::Act;
use crate::ceremonies::Ceremonial;
use crate::error::Step as _;
use crate::mail::Topic;
use crate::people::{check_name, parse_email};
use crate::second_factor::has_second_factor;
use crate::sign_in::{Origin, Proven, SignedIn, Visitor};
use crate::{App, AppError, password};

mod door;
mod roles;

pub(crate) use door::Provider;
use door::{Begun, refused};
pub use door::{GroupRole, ProviderAnswer, ProviderSettings, check_provider};

/// More than anybody has at one provider.
const LINKS_MAX: usize = 5;
/// The provider's clock may be off by so much.
const SKEW_MS: i64 = 60 * 1000;

/// An account that signs its person in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProviderLinkView {
    pub id: ProviderLinkId,
    pub issuer: String,
    pub email: String,
    pub created_at: UnixMillis,
    pub last_used_at: Option<UnixMillis>,
}

/// How far a sign-in by the provider has come.
#[derive(Debug)]
pub enum ProviderEntry {
    In(Box<SignedIn>),
    /// The person has a second factor here, which the provider does not stand for: a code is to
    /// come, with what the browser has to show.
    CodeNeeded {
        shown: String,
    },
}

impl App {
    /// What the provider is called on the sign-in screen, where there is one.
    #[must_use]
    pub fn provider_name(&self) -> Option<&str> {
        let provider = self.inner.provider.as_ref()?;
        Some(provider.settings.name.as_str())
    }

    /// Begins a sign-in by the provider, also to join by an invitation: the address that the
    /// browser goes to, and what it has to show when it comes back.
    ///
    /// # Errors
    /// When there is no provider or it does not answer; [`AppError::TooManyAttempts`] after too
    /// many failures of this network.
    pub async fn begin_provider_sign_in(
        &self,
        invitation: Option<String>,
        origin: &Origin,
    ) -> Result<(String, String), AppError> {
        self.refuse_if_throttled(&[bucket(origin)]).await?;
        let (address, begun) = self.ask_provider(Freshness::Any, invitation).await?;
        let shown = self.begin_ceremony(Ceremonial::ProviderSignIn, json!(begun))?;
        Ok((address, shown))
    }

    /// Begins a session of the person whose account at the provider has come back.
    ///
    /// # Errors
    /// [`AppError::ProviderRefused`] when the answer is not the provider's to what was asked; when
    /// nobody has linked the account.
    pub async fn sign_in_by_provider(
        &self,
        shown: Option<&str>,
        answer: &ProviderAnswer,
        origin: &Origin,
    ) -> Result<ProviderEntry, AppError> {
        let buckets = [bucket(origin)];
        self.refuse_if_throttled(&buckets).await?;
        let begun = self
            .take_ceremony(Ceremonial::ProviderSignIn, shown)
            .await?;
        let begun = read(begun)?;
        let claims = match self.believed(&begun, answer).await {
            Err(AppError::ProviderRefused) => {
                self.count_failure(&buckets).await?;
                return Err(AppError::ProviderRefused);
            }
            claims => claims?,
        };
        let token = self.new_token();
        let mut tx = self.inner.store.begin().await?;
        let user = self.person_of(&mut tx, &begun, &claims).await?;
        self.give_roles(&mut tx, &user, &claims.groups).await?;
        let proven = match self.stands_for_second_factor(&claims)? {
            true => Proven::ProviderTwice,
            false => Proven::Provider,
        };
        if proven == Proven::Provider && has_second_factor(&mut tx, user.id).await? {
            tx.commit().await?;
            let shown = self.begin_ceremony(Ceremonial::ProviderCode, json!(user.id))?;
            return Ok(ProviderEntry::CodeNeeded { shown });
        }
        let signed_in = self
            .begin_session_in(tx, token, user, proven, origin)
            .await?;
        Ok(ProviderEntry::In(Box::new(signed_in)))
    }

    /// Takes the code that is asked for behind the provider.
    ///
    /// # Errors
    /// [`AppError::WrongCode`]; when nothing was begun, or too long ago.
    pub async fn end_provider_sign_in(
        &self,
        shown: Option<&str>,
        code: &str,
        origin: &Origin,
    ) -> Result<SignedIn, AppError> {
        let buckets = [bucket(origin)];
        self.refuse_if_throttled(&buckets).await?;
        let id: UserId = read(self.look_at_ceremony(Ceremonial::ProviderCode, shown)?)?;
        let user = {
            let mut connection = self.inner.store.read().await?;
            users::load_user(&mut connection, id).await?
        };
        if let Err(failed) = self.take_code(&user, code).await {
            if matches!(failed, AppError::WrongCode) {
                self.count_failure(&buckets).await?;
            }
            return Err(failed);
        }
        self.take_ceremony(Ceremonial::ProviderCode, shown).await?;
        self.begin_session(user, Proven::ProviderAndCode, origin)
            .await
    }

    /// Begins a proof by the provider, which has to ask the person anew.
    ///
    /// # Errors
    /// When there is no provider, it does not answer, or the person has linked no account.
    pub async fn begin_provider_proof(&self, visitor: &Visitor) -> Result<String, AppError> {
        if self.list_provider_links(visitor).await?.is_empty() {
            return Err(AppError::NotFound {
                what: "provider link",
            });
        }
        let (address, begun) = self.ask_provider(Freshness::Now, None).await?;
        self.begin_own_ceremony(Ceremonial::ProviderProof, visitor, json!(begun))
            .await?;
        Ok(address)
    }

    /// Proves by the provider that it is the person: it says that it has just asked them.
    ///
    /// # Errors
    /// [`AppError::ProviderRefused`] when it says something else, or of somebody else; when the
    /// person has a second factor that the provider does not stand for.
    pub async fn prove_by_provider(
        &self,
        visitor: &Visitor,
        answer: &ProviderAnswer,
    ) -> Result<(), AppError> {
        let begun = self
            .take_own_ceremony(Ceremonial::ProviderProof, visitor)
            .await?;
        let begun = read(begun)?;
        let claims = self.believed(&begun, answer).await?;
        let asked_at = claims.proved_at.unwrap_or(UnixMillis(0));
        if asked_at < begun.at.plus_ms(-SKEW_MS) {
            return Err(refused("the provider did not ask the person anew"));
        }
        let mut tx = self.inner.store.begin().await?;
        let link = self.link_of(&mut tx, &claims).await?;
        if link.is_none_or(|link| link.user_id != visitor.user) {
            return Err(refused("the account is not one of the person"));
        }
        let is_twice = self.stands_for_second_factor(&claims)?;
        if !is_twice && has_second_factor(&mut tx, visitor.user).await? {
            return Err(AppError::Conflict {
                code: "second_factor_beside_provider",
                field: None,
                detail: "you have a second factor that the provider does not stand for: prove it \
                    by password and code, or by a passkey"
                    .to_owned(),
            });
        }
        let user = users::load_user(&mut tx, visitor.user).await?;
        sessions::prove_session(&mut tx, user.id, visitor.session, self.now()).await?;
        let told = json!({"by": Proven::Provider.name()});
        self.note_own(&mut tx, &user, Act::SessionProved, told)
            .await?;
        Ok(tx.commit().await?)
    }

    /// The accounts that sign the person in.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn list_provider_links(
        &self,
        visitor: &Visitor,
    ) -> Result<Vec<ProviderLinkView>, AppError> {
        let mut connection = self.inner.store.read().await?;
        let found = provider_links::list_provider_links(&mut connection, visitor.user).await?;
        Ok(found.into_iter().map(view).collect())
    }

    /// Begins to link an account at the provider: the address that the browser goes to.
    ///
    /// # Errors
    /// When there is no provider or it does not answer.
    pub async fn begin_provider_link(&self, visitor: &Visitor) -> Result<String, AppError> {
        let (address, begun) = self.ask_provider(Freshness::Any, None).await?;
        self.begin_own_ceremony(Ceremonial::ProviderLink, visitor, json!(begun))
            .await?;
        Ok(address)
    }

    /// Lets the account that has come back sign the person in from now on. The provider has to know
    /// it by the person's own address, verified.
    ///
    /// # Errors
    /// When the answer is not the provider's, the address is another or not verified, or the
    /// account is linked already.
    pub async fn add_provider_link(
        &self,
        visitor: &Visitor,
        answer: &ProviderAnswer,
    ) -> Result<ProviderLinkView, AppError> {
        let begun = self
            .take_own_ceremony(Ceremonial::ProviderLink, visitor)
            .await?;
        let claims = self.believed(&read(begun)?, answer).await?;
        let email = verified_email(&claims)?;
        let mut tx = self.inner.store.begin().await?;
        self.require_session(&mut tx, visitor).await?;
        let user = users::load_user(&mut tx, visitor.user).await?;
        if user.email != email {
            return Err(AppError::Conflict {
                code: "provider_email_differs",
                field: None,
                detail: format!(
                    "the provider knows you as {email}, and you are {}",
                    user.email
                ),
            });
        }
        let known = provider_links::list_provider_links(&mut tx, user.id).await?;
        if known.len() >= LINKS_MAX {
            return Err(AppError::Conflict {
                code: "too_many_provider_links",
                field: None,
                detail: format!("nobody links more than {LINKS_MAX} accounts: remove one first"),
            });
        }
        let link = self.keep_link(&mut tx, &user, &claims, email).await?;
        tx.commit().await?;
        self.mail_put();
        Ok(link)
    }

    /// An account signs the person in no more. Every other session of theirs ends.
    ///
    /// # Errors
    /// When the person has no such account.
    pub async fn remove_provider_link(
        &self,
        visitor: &Visitor,
        id: ProviderLinkId,
    ) -> Result<(), AppError> {
        let mut tx = self.inner.store.begin().await?;
        self.require_session(&mut tx, visitor).await?;
        let user = users::load_user(&mut tx, visitor.user).await?;
        provider_links::delete_provider_link(&mut tx, user.id, id).await?;
        sessions::delete_other_sessions(&mut tx, user.id, Some(visitor.session)).await?;
        self.note_own(&mut tx, &user, Act::ProviderUnlinked, json!({}))
            .await?;
        Ok(tx.commit().await?)
    }

    /// Whose account it is; whoever was invited joins by it, and where the provider may make
    /// people, it makes them.
    async fn person_of(
        &self,
        tx: &mut Tx,
        begun: &Begun,
        claims: &Claims,
    ) -> Result<User, AppError> {
        if let Some(link) = self.link_of(tx, claims).await? {
            provider_links::use_provider_link(tx, link.id, self.now()).await?;
            let user = users::load_user(tx, link.user_id).await?;
            if let Some(secret) = &begun.invitation {
                self.join_in(tx, &user, secret).await?;
            }
            return Ok(user);
        }
        let email = match (&begun.invitation, self.provider()?.settings.makes_people) {
            (None, false) => return Err(not_linked()),
            _ => verified_email(claims)?,
        };
        if let Some(secret) = &begun.invitation {
            self.require_invited(tx, secret, &email).await?;
        } else if self.roles_for(tx, &claims.groups).await?.is_empty() {
            return Err(not_linked());
        }
        // Who has an account shows that it is theirs before another one opens it.
        if users::find_user_by_email(tx, &email).await?.is_some() {
            return Err(not_linked());
        }
        let new = NewUser {
            name: check_name("name", &claims.name).unwrap_or_default(),
            language: "en".to_owned(),
            password_hash: password::none(),
            email: email.clone(),
        };
        let id = users::insert_user(tx, &new, self.now()).await?;
        users::verify_email(tx, id, &email, self.now()).await?;
        let user = users::load_user(tx, id).await?;
        if let Some(secret) = &begun.invitation {
            self.join_in(tx, &user, secret).await?;
        }
        self.keep_link(tx, &user, claims, email).await?;
        users::load_user(tx, id).await.map_err(AppError::from)
    }

    async fn link_of(
        &self,
        tx: &mut Tx,
        claims: &Claims,
    ) -> Result<Option<ProviderLink>, AppError> {
        let issuer = &self.provider()?.settings.issuer;
        Ok(provider_links::find_provider_link(tx, issuer, &claims.subject).await?)
    }

    async fn keep_link(
        &self,
        tx: &mut Tx,
        user: &User,
        claims: &Claims,
        email: String,
    ) -> Result<ProviderLinkView, AppError> {
        let new = NewProviderLink {
            user_id: user.id,
            issuer: self.provider()?.settings.issuer.clone(),
            subject: claims.subject.clone(),
            email,
            created_at: self.now(),
        };
        let id = provider_links::insert_provider_link(tx, &new)
            .await
            .map_err(taken)?;
        // Who is known by the address there has shown that it is theirs.
        users::verify_email(tx, user.id, &user.email, self.now()).await?;
        self.tell_person(tx, user, Topic::ProviderLinked).await?;
        let told = json!({"issuer": &new.issuer});
        self.note_own(tx, user, Act::ProviderLinked, told).await?;
        Ok(ProviderLinkView {
            id,
            issuer: new.issuer,
            email: new.email,
            created_at: new.created_at,
            last_used_at: None,
        })
    }
}

/// # Errors
/// When the provider does not vouch for an address.
fn verified_email(claims: &Claims) -> Result<String, AppError> {
    let email = claims.email.as_deref().unwrap_or_default();
    match parse_email(email) {
        Ok(email) if claims.is_email_verified => Ok(email),
        _ => Err(AppError::Conflict {
            code: "provider_email_unverified",
            field: None,
            detail: "the provider has not verified your address".to_owned(),
        }),
    }
}

/// The same for everybody, so that nobody learns which addresses have an account.
fn not_linked() -> AppError {
    AppError::Conflict {
        code: "provider_not_linked",
        field: None,
        detail: "nobody here has linked this account: sign in as before, and link it in your \
            profile"
            .to_owned(),
    }
}

fn taken(error: StoreError) -> AppError {
    match error {
        StoreError::Conflict { .. } => AppError::Conflict {
            code: "provider_linked_already",
            field: None,
            detail: "this account signs somebody in already".to_owned(),
        },
        other => other.into(),
    }
}

fn read<T: serde::de::DeserializeOwned>(kept: Value) -> Result<T, AppError> {
    serde_json::from_value(kept).step("read what was begun with the provider")
}

fn bucket(origin: &Origin) -> String {
    format!("network:{}", origin.network)
}

fn view(link: ProviderLink) -> ProviderLinkView {
    ProviderLinkView {
        id: link.id,
        issuer: link.issuer,
        email: link.email,
        created_at: link.created_at,
        last_used_at: link.last_used_at,
    }
}
