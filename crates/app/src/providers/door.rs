//! The way to the provider: what it said of itself and its keys, kept for a while, and by what its
//! answers are believed.

use std::fmt;
use std::str::FromStr;

use base::{UnixMillis, WorkspaceId};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use connect::oidc::{
    Claims, Client, Expected, Freshness, Keys, Metadata, OidcError, Question, TokenFault, Tokens,
    told, verify,
};
use connect::outbound::Outbound;
use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq as _;
use tokio::sync::Mutex;
use zeroize::Zeroizing;

use crate::error::Step as _;
use crate::surroundings::random;
use crate::{App, AppError, Realm, Role};

/// What a provider said of itself is asked again after so long.
const KNOWN_MS: i64 = 60 * 60 * 1000;
/// A provider that did not answer is left alone for so long; strangers may ask at any rate.
const AWAY_MS: i64 = 10 * 1000;
/// Keys are asked for again at most this often, for tokens that name one that is not known.
const KEYS_MS: i64 = 60 * 1000;

/// What the operator says of a provider.
#[derive(Clone)]
pub struct ProviderSettings {
    /// What the button on the sign-in screen says.
    pub name: String,
    pub issuer: String,
    pub client_id: String,
    /// Empty for a public client.
    pub client_secret: Zeroizing<String>,
    pub scopes: Vec<String>,
    /// The claim that lists somebody's groups.
    pub groups_claim: String,
    /// What groups make of somebody; the first that fits counts in each workspace.
    pub roles: Vec<GroupRole>,
    /// Values of `amr` and `acr` that stand for a second factor.
    pub second_factors: Vec<String>,
    /// People whom nobody has invited come in where their groups have a role.
    pub makes_people: bool,
}

/// What a group of the provider's makes of somebody in a workspace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupRole {
    pub group: String,
    pub workspace: WorkspaceId,
    pub role: Role,
}

/// What the browser brought back.
#[derive(Debug, Clone)]
pub struct ProviderAnswer {
    pub code: String,
    pub state: String,
    pub issuer: Option<String>,
}

/// A provider with what is known of it.
pub(crate) struct Provider {
    pub(crate) settings: ProviderSettings,
    known: Mutex<Known>,
}

#[derive(Default)]
struct Known {
    metadata: Option<(Metadata, UnixMillis)>,
    keys: Option<(Keys, UnixMillis)>,
    away_since: Option<UnixMillis>,
}

/// What an answer has to be held against.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Begun {
    state: String,
    nonce: String,
    verifier: String,
    pub(super) at: UnixMillis,
    pub(super) invitation: Option<String>,
}

impl Provider {
    pub(crate) fn new(settings: ProviderSettings) -> Self {
        let known = Mutex::default();
        Self { settings, known }
    }
}

impl fmt::Debug for ProviderSettings {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "ProviderSettings({})", self.issuer)
    }
}

impl FromStr for GroupRole {
    type Err = String;

    /// Reads `group:workspace:role`; a group's name may hold colons itself.
    fn from_str(text: &str) -> Result<Self, String> {
        let mut parts = text.rsplitn(3, ':').map(str::trim);
        let (role, workspace, group) = (parts.next(), parts.next(), parts.next());
        let (Some(role), Some(workspace), Some(group)) = (role, workspace, group) else {
            return Err("it is no group:workspace:role, such as sales:1:sales_manager".to_owned());
        };
        if group.is_empty() {
            return Err("it names no group".to_owned());
        }
        let workspace = workspace.parse().map(WorkspaceId);
        let workspace = workspace.map_err(|_| "its workspace is no number".to_owned())?;
        let role = Role::from_name(role).ok_or_else(|| format!("there is no role {role:?}"))?;
        if role == Role::Owner {
            return Err("no provider makes anybody an owner".to_owned());
        }
        if role.realm() == Realm::Outside {
            return Err("who is from outside is invited, to see some channels".to_owned());
        }
        Ok(Self {
            group: group.to_owned(),
            workspace,
            role,
        })
    }
}

/// Whether a provider answers as one does; blocks its thread.
///
/// # Errors
/// Says why not.
pub fn check_provider(outbound: &Outbound, issuer: &str) -> Result<(), String> {
    let found = Metadata::discover(outbound, issuer);
    found.map(drop).map_err(|error| error.to_string())
}

impl App {
    pub(super) fn provider(&self) -> Result<&Provider, AppError> {
        let provider = self.inner.provider.as_ref();
        provider.ok_or(AppError::NotFound { what: "provider" })
    }

    /// The address that the browser goes to, and what its answer will be held against.
    pub(super) async fn ask_provider(
        &self,
        freshness: Freshness,
        invitation: Option<String>,
    ) -> Result<(String, Begun), AppError> {
        let settings = &self.provider()?.settings;
        let metadata = self.metadata().await?;
        let surroundings = self.inner.surroundings.as_ref();
        let secret = || URL_SAFE_NO_PAD.encode(random::<32>(surroundings));
        let begun = Begun {
            state: secret(),
            nonce: secret(),
            verifier: secret(),
            at: self.now(),
            invitation,
        };
        let question = Question {
            client_id: &settings.client_id,
            redirect_uri: &self.redirect_uri(),
            scopes: &settings.scopes,
            state: &begun.state,
            nonce: &begun.nonce,
            verifier: &begun.verifier,
            freshness,
        };
        let address = metadata
            .sign_in_page(question)
            .map_err(|error| away(&error))?;
        Ok((address, begun))
    }

    /// What the provider says of whoever came back, where it is the provider that says it, to this
    /// question.
    pub(super) async fn believed(
        &self,
        begun: &Begun,
        answer: &ProviderAnswer,
    ) -> Result<Claims, AppError> {
        let settings = self.provider()?.settings.clone();
        let is_same = begun.state.as_bytes().ct_eq(answer.state.as_bytes());
        if !bool::from(is_same) {
            return Err(refused("it answers another question"));
        }
        let metadata = self.metadata().await?;
        if !metadata.is_answer_of(answer.issuer.as_deref()) {
            return Err(refused("it is of another provider"));
        }
        let (of, redirect_uri) = (metadata.clone(), self.redirect_uri());
        let (code, verifier) = (answer.code.clone(), begun.verifier.clone());
        let tokens = self
            .by_provider(move |outbound| {
                let client = Client {
                    id: &settings.client_id,
                    secret: &settings.client_secret,
                };
                of.exchange(outbound, client, (&code, &verifier, &redirect_uri))
            })
            .await?;
        let claims = self.verified(&metadata, &tokens, &begun.nonce).await?;
        self.filled(metadata, tokens, claims).await
    }

    /// A key that is not known may be new: the provider changes them.
    async fn verified(
        &self,
        metadata: &Metadata,
        tokens: &Tokens,
        nonce: &str,
    ) -> Result<Claims, AppError> {
        let provider = self.provider()?;
        let expected = Expected {
            issuer: &provider.settings.issuer,
            client_id: &provider.settings.client_id,
            nonce,
            now: self.now(),
            groups_claim: &provider.settings.groups_claim,
        };
        let mut known = provider.known.lock().await;
        if let Some((keys, at)) = &known.keys {
            let found = verify(&tokens.id_token, keys, expected);
            let is_old = self.now().since_ms(*at).abs() > KEYS_MS;
            let is_other = matches!(found, Err(TokenFault::UnknownKey | TokenFault::Signature));
            if !(is_old && is_other) {
                return found.map_err(not_believed);
            }
        }
        let of = metadata.clone();
        let keys = self.by_provider(move |outbound| of.keys(outbound)).await?;
        let found = verify(&tokens.id_token, &keys, expected);
        known.keys = Some((keys, self.now()));
        found.map_err(not_believed)
    }

    /// Some providers tell address and groups beside the token alone.
    async fn filled(
        &self,
        metadata: Metadata,
        tokens: Tokens,
        mut claims: Claims,
    ) -> Result<Claims, AppError> {
        let settings = &self.provider()?.settings;
        let wants_groups = !settings.roles.is_empty() && claims.groups.is_empty();
        if claims.email.is_some() && !wants_groups {
            return Ok(claims);
        }
        let beside = self.by_provider(move |outbound| metadata.person(outbound, &tokens));
        let beside = match beside.await {
            Ok(beside) => told(&beside, &settings.groups_claim),
            Err(error) => {
                // What the token says is believed already.
                tracing::warn!(%error, "the provider tells nothing beside the token");
                return Ok(claims);
            }
        };
        if beside.subject != claims.subject {
            return Ok(claims);
        }
        if claims.email.is_none() {
            claims.email = beside.email;
            claims.is_email_verified = beside.is_email_verified;
        }
        if claims.groups.is_empty() {
            claims.groups = beside.groups;
        }
        if claims.name.is_empty() {
            claims.name = beside.name;
        }
        Ok(claims)
    }

    pub(super) fn stands_for_second_factor(&self, claims: &Claims) -> Result<bool, AppError> {
        let trusted = &self.provider()?.settings.second_factors;
        Ok(claims.methods.iter().any(|method| trusted.contains(method)))
    }

    /// What the provider says of itself. Whoever waits for one that is away waits together.
    async fn metadata(&self) -> Result<Metadata, AppError> {
        let provider = self.provider()?;
        let mut known = provider.known.lock().await;
        let is_within = |at: UnixMillis, ms: i64| self.now().since_ms(at).abs() < ms;
        if let Some((metadata, at)) = &known.metadata
            && is_within(*at, KNOWN_MS)
        {
            return Ok(metadata.clone());
        }
        if known.away_since.is_some_and(|at| is_within(at, AWAY_MS)) {
            return Err(not_there());
        }
        let issuer = provider.settings.issuer.clone();
        let asked = self.by_provider(move |outbound| Metadata::discover(outbound, &issuer));
        match asked.await {
            Ok(metadata) => {
                known.metadata = Some((metadata.clone(), self.now()));
                known.away_since = None;
                Ok(metadata)
            }
            Err(error) => {
                known.away_since = Some(self.now());
                Err(error)
            }
        }
    }

    fn redirect_uri(&self) -> String {
        format!("{}/sign-in/provider", self.inner.settings.base_url)
    }

    /// Asks the provider something on a blocking thread.
    async fn by_provider<T: Send + 'static>(
        &self,
        question: impl FnOnce(&Outbound) -> Result<T, OidcError> + Send + 'static,
    ) -> Result<T, AppError> {
        let outbound = self.inner.outbound.clone();
        let asked = tokio::task::spawn_blocking(move || question(&outbound)).await;
        asked
            .step("ask the provider")?
            .map_err(|error| away(&error))
    }
}

/// Why goes into the log alone: it helps whoever tries.
pub(super) fn refused(why: &str) -> AppError {
    tracing::info!(why, "an answer of the provider was refused");
    AppError::ProviderRefused
}

fn not_believed(fault: TokenFault) -> AppError {
    refused(&fault.to_string())
}

fn away(error: &OidcError) -> AppError {
    if error.is_refusal() {
        return refused(&error.to_string());
    }
    tracing::warn!(error = %error, "the provider of sign-ins is of no use now");
    not_there()
}

fn not_there() -> AppError {
    AppError::Unavailable {
        code: "provider_away",
        detail: "the provider does not answer as it should: sign in another way, or later"
            .to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_group_makes_something_of_somebody_and_never_an_owner() {
        let read = |text: &str| text.parse::<GroupRole>();
        let expected = GroupRole {
            group: "urn:x:sales".to_owned(),
            workspace: WorkspaceId(3),
            role: Role::SalesManager,
        };
        assert_eq!(read("urn:x:sales:3:sales_manager"), Ok(expected));
        for wrong in [
            "",
            "sales",
            "1:sem",
            ":1:sem",
            "a:x:sem",
            "a:1:king",
            "a:1:owner",
        ] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }
}
