//! Identity tokens: signed by a key of the provider, for this program, now, and for this question.

use base::UnixMillis;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::signature::{
    self, ECDSA_P256_SHA256_FIXED, ECDSA_P384_SHA384_FIXED, ED25519, RsaParameters,
    RsaPublicKeyComponents, UnparsedPublicKey, VerificationAlgorithm,
};
use serde::Deserialize;
use serde_json::Value;

/// Clocks of others may be off by so much.
const SKEW_S: i64 = 60;

/// The keys of a provider.
#[derive(Debug, Clone, Deserialize)]
pub struct Keys {
    keys: Vec<Key>,
}

#[derive(Debug, Clone, Deserialize)]
struct Key {
    kty: String,
    kid: Option<String>,
    alg: Option<String>,
    #[serde(rename = "use")]
    purpose: Option<String>,
    crv: Option<String>,
    #[serde(default)]
    n: String,
    #[serde(default)]
    e: String,
    #[serde(default)]
    x: String,
    #[serde(default)]
    y: String,
}

#[derive(Debug, Deserialize)]
struct Header {
    alg: String,
    kid: Option<String>,
    crit: Option<Value>,
}

/// What a token has to be.
#[derive(Debug, Clone, Copy)]
pub struct Expected<'a> {
    pub issuer: &'a str,
    pub client_id: &'a str,
    pub nonce: &'a str,
    pub now: UnixMillis,
    /// Where the provider says what groups somebody is in.
    pub groups_claim: &'a str,
}

/// What the provider says of somebody.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Claims {
    /// Theirs for good at this provider; an address may go to somebody else.
    pub subject: String,
    pub email: Option<String>,
    pub is_email_verified: bool,
    pub name: String,
    /// When they last proved to the provider that it is them.
    pub proved_at: Option<UnixMillis>,
    /// By what they did: `amr`, and `acr`.
    pub methods: Vec<String>,
    pub groups: Vec<String>,
}

/// Why a token is not believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TokenFault {
    #[error("it is no signed token")]
    NoToken,
    #[error("its signature is of a kind that is not taken")]
    Algorithm,
    #[error("no key of the provider has its name")]
    UnknownKey,
    #[error("its signature is wrong")]
    Signature,
    #[error("it is of another issuer")]
    Issuer,
    #[error("it is for another program")]
    Audience,
    #[error("it has expired, or is not valid yet")]
    Expired,
    #[error("it answers another question")]
    Nonce,
    #[error("it does not say of whom it is")]
    Subject,
}

/// Believes a token, or says why not.
///
/// # Errors
/// When anything of it is not as it has to be.
pub fn verify(token: &str, keys: &Keys, expected: Expected<'_>) -> Result<Claims, TokenFault> {
    let (signed, signature) = token.rsplit_once('.').ok_or(TokenFault::NoToken)?;
    let (header, body) = signed.split_once('.').ok_or(TokenFault::NoToken)?;
    let header: Header = part(header)?;
    if header.crit.is_some() {
        return Err(TokenFault::Algorithm);
    }
    let signature = URL_SAFE_NO_PAD.decode(signature);
    let signature = signature.map_err(|_| TokenFault::NoToken)?;
    let kind = Kind::of(&header.alg).ok_or(TokenFault::Algorithm)?;
    let key = keys.key(&header, &kind).ok_or(TokenFault::UnknownKey)?;
    if !kind.is_signed(key, signed.as_bytes(), &signature) {
        return Err(TokenFault::Signature);
    }
    let body: Value = part(body)?;
    check(&body, expected)?;
    let mut claims = told(&body, expected.groups_claim);
    claims.subject = text(&body, "sub").ok_or(TokenFault::Subject)?;
    if claims.subject.is_empty() {
        return Err(TokenFault::Subject);
    }
    Ok(claims)
}

/// What is told of somebody, in a token or beside it.
#[must_use]
pub fn told(body: &Value, groups_claim: &str) -> Claims {
    let list = |name: &str| match &body[name] {
        Value::String(one) => vec![one.clone()],
        Value::Array(several) => {
            let texts = several.iter().filter_map(Value::as_str);
            texts.map(str::to_owned).collect()
        }
        _ => Vec::new(),
    };
    let proved_s = body["auth_time"].as_i64();
    Claims {
        subject: text(body, "sub").unwrap_or_default(),
        email: text(body, "email"),
        // Some providers write it as text.
        is_email_verified: body["email_verified"] == true || body["email_verified"] == "true",
        name: text(body, "name").unwrap_or_default(),
        proved_at: proved_s.map(|seconds| UnixMillis(seconds.saturating_mul(1_000))),
        methods: list("amr").into_iter().chain(list("acr")).collect(),
        groups: list(groups_claim),
    }
}

fn check(body: &Value, expected: Expected<'_>) -> Result<(), TokenFault> {
    if body["iss"] != expected.issuer {
        return Err(TokenFault::Issuer);
    }
    let is_us = |value: &Value| *value == expected.client_id;
    let (is_for_us, is_for_others) = match &body["aud"] {
        Value::Array(several) => (several.iter().any(is_us), several.len() > 1),
        one => (is_us(one), false),
    };
    // Whose token it is among several programs is said by `azp`.
    let is_ours = match &body["azp"] {
        Value::Null => !is_for_others,
        party => is_us(party),
    };
    if !is_for_us || !is_ours {
        return Err(TokenFault::Audience);
    }
    let now_s = expected.now.0.div_euclid(1_000);
    let seconds = |name: &str| body[name].as_i64();
    let ends = seconds("exp").ok_or(TokenFault::Expired)?;
    let begins = seconds("iat").ok_or(TokenFault::Expired)?;
    let begins = begins.max(seconds("nbf").unwrap_or(begins));
    if now_s >= ends.saturating_add(SKEW_S) || begins > now_s.saturating_add(SKEW_S) {
        return Err(TokenFault::Expired);
    }
    match body["nonce"] == expected.nonce {
        true => Ok(()),
        false => Err(TokenFault::Nonce),
    }
}

/// A kind of signature, and the kind of key that makes it.
enum Kind {
    Rsa(&'static RsaParameters),
    Curve(
        &'static dyn VerificationAlgorithm,
        &'static str,
        &'static str,
    ),
}

impl Kind {
    /// Only kinds that nobody but the provider can make: no `none`, and none by a shared secret.
    fn of(name: &str) -> Option<Self> {
        Some(match name {
            "RS256" => Self::Rsa(&signature::RSA_PKCS1_2048_8192_SHA256),
            "RS384" => Self::Rsa(&signature::RSA_PKCS1_2048_8192_SHA384),
            "RS512" => Self::Rsa(&signature::RSA_PKCS1_2048_8192_SHA512),
            "PS256" => Self::Rsa(&signature::RSA_PSS_2048_8192_SHA256),
            "PS384" => Self::Rsa(&signature::RSA_PSS_2048_8192_SHA384),
            "PS512" => Self::Rsa(&signature::RSA_PSS_2048_8192_SHA512),
            "ES256" => Self::Curve(&ECDSA_P256_SHA256_FIXED, "EC", "P-256"),
            "ES384" => Self::Curve(&ECDSA_P384_SHA384_FIXED, "EC", "P-384"),
            "EdDSA" => Self::Curve(&ED25519, "OKP", "Ed25519"),
            _ => return None,
        })
    }

    fn fits(&self, key: &Key) -> bool {
        match self {
            Self::Rsa(_) => key.kty == "RSA",
            Self::Curve(_, kty, crv) => key.kty == *kty && key.crv.as_deref() == Some(crv),
        }
    }

    fn is_signed(&self, key: &Key, message: &[u8], signature: &[u8]) -> bool {
        let bytes = |text: &str| URL_SAFE_NO_PAD.decode(text).unwrap_or_default();
        match self {
            Self::Rsa(parameters) => {
                let (n, e) = (bytes(&key.n), bytes(&key.e));
                let key = RsaPublicKeyComponents { n, e };
                key.verify(parameters, message, signature).is_ok()
            }
            Self::Curve(algorithm, kty, _) => {
                let point = match *kty {
                    "EC" => [vec![4], bytes(&key.x), bytes(&key.y)].concat(),
                    _ => bytes(&key.x),
                };
                let key = UnparsedPublicKey::new(*algorithm, point);
                key.verify(message, signature).is_ok()
            }
        }
    }
}

impl Keys {
    /// The key of the token's name; of its kind alone where it names none and there is one.
    fn key(&self, header: &Header, kind: &Kind) -> Option<&Key> {
        let is_for_signing = |key: &&Key| {
            key.purpose
                .as_deref()
                .is_none_or(|purpose| purpose == "sig")
                && key.alg.as_deref().is_none_or(|alg| alg == header.alg)
                && kind.fits(key)
        };
        let mut fitting = self.keys.iter().filter(is_for_signing);
        match &header.kid {
            Some(_) => fitting.find(|key| key.kid == header.kid),
            None => fitting.next().filter(|_| fitting.next().is_none()),
        }
    }
}

fn part<T: for<'a> Deserialize<'a>>(text: &str) -> Result<T, TokenFault> {
    let bytes = URL_SAFE_NO_PAD
        .decode(text)
        .map_err(|_| TokenFault::NoToken)?;
    serde_json::from_slice(&bytes).map_err(|_| TokenFault::NoToken)
}

fn text(body: &Value, name: &str) -> Option<String> {
    body[name].as_str().map(str::to_owned)
}
