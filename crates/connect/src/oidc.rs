//! Sign-in by an `OpenID` Connect provider: what is asked of it (discovery, the exchange of a code
//! and keys), and by what its answers are believed. Nothing is believed that its key did not sign.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde::Deserialize;
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use url::Url;
use url::form_urlencoded::byte_serialize;

use crate::outbound::{Address, AddressError, Outbound, OutboundError, Post, Reply};

mod token;

pub use token::{Claims, Expected, Keys, TokenFault, told, verify};

const DISCOVERY: &str = "/.well-known/openid-configuration";
const FORM: &str = "application/x-www-form-urlencoded";

/// How the program is known to the provider.
#[derive(Debug, Clone, Copy)]
pub struct Client<'a> {
    pub id: &'a str,
    /// Empty for a public client.
    pub secret: &'a str,
}

/// What the provider says of itself.
#[derive(Debug, Clone, Deserialize)]
pub struct Metadata {
    pub issuer: String,
    authorization_endpoint: String,
    token_endpoint: String,
    jwks_uri: String,
    userinfo_endpoint: Option<String>,
    #[serde(default)]
    authorization_response_iss_parameter_supported: bool,
    #[serde(default)]
    token_endpoint_auth_methods_supported: Vec<String>,
}

/// What the browser is sent to the provider with.
#[derive(Debug, Clone, Copy)]
pub struct Question<'a> {
    pub client_id: &'a str,
    pub redirect_uri: &'a str,
    pub scopes: &'a [String],
    pub state: &'a str,
    pub nonce: &'a str,
    /// Of PKCE: its digest goes along, itself only with the code.
    pub verifier: &'a str,
    pub freshness: Freshness,
}

/// Whether the provider may answer from a session of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Freshness {
    Any,
    /// It has to ask the person anew.
    Now,
}

/// What a code was given for.
#[derive(Debug, Clone, Deserialize)]
pub struct Tokens {
    pub id_token: String,
    access_token: Option<String>,
}

/// Why a provider is of no use now.
#[derive(Debug, thiserror::Error)]
pub enum OidcError {
    #[error("{what} of the provider: {source}")]
    Address {
        what: &'static str,
        #[source]
        source: AddressError,
    },
    #[error("{what} of the provider cannot be had: {source}")]
    Away {
        what: &'static str,
        #[source]
        source: OutboundError,
    },
    #[error("{what} of the provider was answered with status {status}")]
    Status { what: &'static str, status: u16 },
    #[error("{what} of the provider cannot be understood")]
    NotUnderstood { what: &'static str },
    #[error("the provider calls itself {found:?}, not {expected:?}")]
    OtherIssuer { expected: String, found: String },
    #[error("the provider did not take the code: {0}")]
    CodeRefused(String),
}

impl OidcError {
    /// The provider answers, and does not take what the browser brought.
    #[must_use]
    pub fn is_refusal(&self) -> bool {
        matches!(self, Self::CodeRefused(_))
    }
}

impl Metadata {
    /// What the provider says of itself at the address of its issuer.
    ///
    /// # Errors
    /// When it does not answer, says something else, or is somebody else.
    pub fn discover(outbound: &Outbound, issuer: &str) -> Result<Self, OidcError> {
        const WHAT: &str = "the description";
        let address = format!("{}{DISCOVERY}", issuer.trim_end_matches('/'));
        let address = address_of(outbound, WHAT, issuer, &address)?;
        let reply = outbound.get(&address, None);
        let found: Self = understood(WHAT, &whole(WHAT, reply)?.body)?;
        if found.issuer != issuer {
            return Err(OidcError::OtherIssuer {
                expected: issuer.to_owned(),
                found: found.issuer,
            });
        }
        for (what, text) in [
            ("the sign-in page", &found.authorization_endpoint),
            (CODE, &found.token_endpoint),
            (KEYS, &found.jwks_uri),
        ] {
            address_of(outbound, what, issuer, text)?;
        }
        Ok(found)
    }

    /// Whether the browser's answer says whose it is as this provider does: where several providers
    /// are known, one of them must not speak for another.
    #[must_use]
    pub fn is_answer_of(&self, issuer: Option<&str>) -> bool {
        match issuer {
            Some(issuer) => issuer == self.issuer,
            None => !self.authorization_response_iss_parameter_supported,
        }
    }

    /// The address that the browser is sent to.
    ///
    /// # Errors
    /// When the provider's own is none.
    pub fn sign_in_page(&self, question: Question<'_>) -> Result<String, OidcError> {
        let what = "the sign-in page";
        let mut url = Url::parse(&self.authorization_endpoint)
            .map_err(|_| OidcError::NotUnderstood { what })?;
        let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(question.verifier.as_bytes()));
        let scopes = question.scopes.join(" ");
        let mut pairs = url.query_pairs_mut();
        pairs
            .append_pair("response_type", "code")
            .append_pair("client_id", question.client_id)
            .append_pair("redirect_uri", question.redirect_uri)
            .append_pair("scope", &scopes)
            .append_pair("state", question.state)
            .append_pair("nonce", question.nonce)
            .append_pair("code_challenge", &challenge)
            .append_pair("code_challenge_method", "S256");
        if question.freshness == Freshness::Now {
            pairs
                .append_pair("prompt", "login")
                .append_pair("max_age", "0");
        }
        drop(pairs);
        Ok(url.into())
    }

    /// Exchanges the code that the browser brought.
    ///
    /// # Errors
    /// When the provider does not answer or does not take it.
    pub fn exchange(
        &self,
        outbound: &Outbound,
        client: Client<'_>,
        (code, verifier, redirect_uri): (&str, &str, &str),
    ) -> Result<Tokens, OidcError> {
        let address = address_of(outbound, CODE, &self.issuer, &self.token_endpoint)?;
        let methods = &self.token_endpoint_auth_methods_supported;
        let takes = |method: &str| methods.iter().any(|known| known == method);
        // Where nothing is said, it is the header (RFC 8414).
        let by_header = methods.is_empty() || takes("client_secret_basic");
        let mut form = vec![
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", redirect_uri),
            ("code_verifier", verifier),
        ];
        let mut headers = vec![("accept", "application/json".to_owned())];
        match (client.secret.is_empty(), by_header) {
            (true, _) => form.push(("client_id", client.id)),
            (false, true) => headers.push(("authorization", basic(client))),
            (false, false) => {
                form.push(("client_id", client.id));
                form.push(("client_secret", client.secret));
            }
        }
        let form: Vec<String> = form
            .into_iter()
            .map(|(name, value)| format!("{name}={}", encoded(value)))
            .collect();
        let headers: Vec<(&str, &str)> = headers
            .iter()
            .map(|(name, value)| (*name, value.as_str()))
            .collect();
        let reply = outbound.ask(Post {
            url: &address,
            headers: &headers,
            content_type: FORM,
            body: form.join("&").as_bytes(),
        });
        let reply = reply.map_err(|source| OidcError::Away { what: CODE, source })?;
        match reply.status {
            200 => understood(CODE, &reply.body),
            400 | 401 => Err(OidcError::CodeRefused(reason(&reply.body))),
            status => Err(OidcError::Status { what: CODE, status }),
        }
    }

    /// The keys that the provider signs with now.
    ///
    /// # Errors
    /// When it does not answer, or not with keys.
    pub fn keys(&self, outbound: &Outbound) -> Result<Keys, OidcError> {
        let address = address_of(outbound, KEYS, &self.issuer, &self.jwks_uri)?;
        understood(KEYS, &whole(KEYS, outbound.get(&address, None))?.body)
    }

    /// What the provider says of the person beside the token; nothing where it has no such place.
    ///
    /// # Errors
    /// When it does not answer.
    pub fn person(&self, outbound: &Outbound, tokens: &Tokens) -> Result<Value, OidcError> {
        const WHAT: &str = "what is known of the person";
        let (Some(text), Some(token)) = (&self.userinfo_endpoint, &tokens.access_token) else {
            return Ok(Value::Null);
        };
        let address = address_of(outbound, WHAT, &self.issuer, text)?;
        let bearer = format!("Bearer {token}");
        let reply = outbound.get(&address, Some(&bearer));
        understood(WHAT, &whole(WHAT, reply)?.body)
    }
}

const CODE: &str = "the exchange of the code";
const KEYS: &str = "the keys";

/// An address of the provider's, as safe as the one of its issuer.
fn address_of(
    outbound: &Outbound,
    what: &'static str,
    issuer: &str,
    text: &str,
) -> Result<Address, OidcError> {
    let wrong = |source| OidcError::Address { what, source };
    if issuer.starts_with("https://") && !text.starts_with("https://") {
        return Err(wrong(AddressError::Scheme));
    }
    outbound.address(text).map_err(wrong)
}

fn whole(what: &'static str, reply: Result<Reply, OutboundError>) -> Result<Reply, OidcError> {
    let reply = reply.map_err(|source| OidcError::Away { what, source })?;
    match reply.status {
        200 => Ok(reply),
        status => Err(OidcError::Status { what, status }),
    }
}

fn understood<T: for<'a> Deserialize<'a>>(what: &'static str, body: &[u8]) -> Result<T, OidcError> {
    serde_json::from_slice(body).map_err(|_| OidcError::NotUnderstood { what })
}

/// The code of an error, which is not a secret; what else a provider says may be.
fn reason(body: &[u8]) -> String {
    let told: Value = serde_json::from_slice(body).unwrap_or_default();
    let code = told["error"].as_str().unwrap_or("no reason given");
    code.chars().take(80).collect()
}

/// RFC 6749, 2.3.1: each part is encoded as in a form before they are joined.
fn basic(client: Client<'_>) -> String {
    let pair = format!("{}:{}", encoded(client.id), encoded(client.secret));
    format!("Basic {}", STANDARD.encode(pair))
}

fn encoded(text: &str) -> String {
    byte_serialize(text.as_bytes()).collect()
}

#[cfg(test)]
mod tests;
