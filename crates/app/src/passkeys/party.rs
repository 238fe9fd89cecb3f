//! The relying party: what passkeys are asked with, at the address that people use.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use store::passkeys::Passkey;
use store::users::User;
use url::Url;
use webauthn_rs::prelude::{Uuid, Webauthn, WebauthnBuilder};

use crate::error::Step as _;
use crate::{AppError, Surroundings, surroundings};

const NAME: &str = "Throughline";

pub(super) struct Party {
    pub(super) webauthn: Webauthn,
}

/// What a browser is told, and what its answer is held against.
pub(super) struct Challenge {
    pub(super) options: Value,
    pub(super) state: Value,
}

impl Party {
    /// # Errors
    /// When passkeys do not work at this address.
    pub(super) fn at(base_url: &str) -> Result<Self, AppError> {
        if let Some(why) = why_no_passkeys(base_url) {
            return Err(AppError::Conflict {
                code: "no_passkeys_here",
                field: None,
                detail: format!("passkeys do not work here: {why}"),
            });
        }
        let address = Url::parse(base_url).step("read server.base_url")?;
        // Without a path, which no browser sends.
        let origin = Url::parse(&address.origin().ascii_serialization());
        let origin = origin.step("read server.base_url")?;
        let name = address.domain().unwrap_or_default();
        let builder = WebauthnBuilder::new(name, &origin).step("set passkeys up")?;
        let webauthn = builder.rp_name(NAME).build().step("set passkeys up")?;
        Ok(Self { webauthn })
    }

    /// For a new passkey of somebody. The device keeps it together with whose it is, so that nobody
    /// has to type a name in.
    pub(super) fn registration(
        &self,
        user: &User,
        handle: &str,
        known: &[Passkey],
    ) -> Result<Challenge, AppError> {
        let handle = Uuid::parse_str(handle).step("read what is kept of a passkey")?;
        let mut excluded = Vec::new();
        for passkey in known {
            let kept: webauthn_rs::prelude::Passkey = super::read(passkey.credential.clone())?;
            excluded.push(kept.cred_id().clone());
        }
        let begun = self.webauthn.start_passkey_registration(
            handle,
            &user.email,
            user.called(),
            Some(excluded),
        );
        let (options, state) = begun.step("ask a passkey")?;
        let mut options = plain(&options)?;
        let selection = &mut options["authenticatorSelection"];
        selection["residentKey"] = json!("required");
        selection["requireResidentKey"] = json!(true);
        Challenge::of(options, &state)
    }

    /// For an answer of one of these passkeys, or of any.
    pub(super) fn authentication(&self, known: &[Passkey]) -> Result<Challenge, AppError> {
        let begun = self.webauthn.start_discoverable_authentication();
        let (options, state) = begun.step("ask a passkey")?;
        let mut options = plain(&options)?;
        let mut allowed = Vec::new();
        for passkey in known {
            let kept: webauthn_rs::prelude::Passkey = super::read(passkey.credential.clone())?;
            let id = URL_SAFE_NO_PAD.encode(kept.cred_id());
            allowed.push(json!({"type": "public-key", "id": id}));
        }
        options["allowCredentials"] = json!(allowed);
        Challenge::of(options, &state)
    }
}

impl Challenge {
    fn of(options: Value, state: &impl serde::Serialize) -> Result<Self, AppError> {
        let state = serde_json::to_value(state).step("keep what was begun")?;
        Ok(Self { options, state })
    }
}

/// Why browsers use no passkeys at an address, where that is so.
#[must_use]
pub fn why_no_passkeys(base_url: &str) -> Option<&'static str> {
    let Some(address) = Url::parse(base_url).ok() else {
        return Some("server.base_url is no address");
    };
    let Some(name) = address.domain() else {
        return Some("server.base_url has a number in the place of a name");
    };
    let is_local = name == "localhost" || name.ends_with(".localhost");
    if address.scheme() != "https" && !is_local {
        return Some("server.base_url is not https");
    }
    None
}

/// What devices know a person by from now on: random, so that it says nothing about them.
pub(super) fn new_handle(surroundings: &dyn Surroundings) -> String {
    Uuid::from_bytes(surroundings::random(surroundings)).to_string()
}

pub(super) fn is_handle(kept: &str, told: &[u8]) -> bool {
    Uuid::parse_str(kept).is_ok_and(|kept| kept.as_bytes() == told)
}

/// The options without what they are wrapped in.
fn plain(options: &impl serde::Serialize) -> Result<Value, AppError> {
    let mut told = serde_json::to_value(options).step("ask a passkey")?;
    Ok(told["publicKey"].take())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passkeys_want_a_name_and_a_safe_way_to_it() {
        for (address, works) in [
            ("https://ads.example", true),
            ("https://ads.example:8443/path", true),
            ("http://localhost:8080", true),
            ("http://127.0.0.1:8080", false),
            ("https://203.0.113.7", false),
            ("https://[2001:db8::1]", false),
            ("http://ads.example", false),
            ("http://", false),
        ] {
            assert_eq!(why_no_passkeys(address).is_none(), works, "{address}");
            assert_eq!(Party::at(address).is_ok(), works, "{address}");
        }
    }

    #[test]
    fn a_device_is_asked_to_keep_the_key_and_to_look_who_uses_it() {
        let party = Party::at("https://ads.example/app").unwrap();
        let asked = party.authentication(&[]).unwrap().options;
        assert_eq!(asked["rpId"], "ads.example");
        assert_eq!(asked["userVerification"], "required");
        assert_eq!(asked["allowCredentials"], json!([]));
        let user = User {
            id: base::UserId(1),
            email: "ada@shop.example".to_owned(),
            name: String::new(),
            language: "en".to_owned(),
            password_hash: String::new(),
            created_at: base::UnixMillis(0),
            version: 1,
            email_verified_at: None,
        };
        let handle = Uuid::from_bytes([7; 16]).to_string();
        let asked = party.registration(&user, &handle, &[]).unwrap().options;
        assert_eq!(asked["rp"]["id"], "ads.example");
        assert_eq!(asked["user"]["name"], "ada@shop.example");
        let selection = &asked["authenticatorSelection"];
        assert_eq!(selection["residentKey"], "required");
        assert_eq!(selection["userVerification"], "required");
        assert_eq!(asked["attestation"], "none");
    }
}
