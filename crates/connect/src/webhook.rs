//! Signatures of messages to other programs, by the Standard Webhooks specification 1.0.0.
//!
//! <https://www.standardwebhooks.com>: `webhook-signature` is `v1,` and the HMAC-SHA256 of id,
//! time and body joined by dots, in Base64; a message may carry several, one for each secret.

use base::UnixMillis;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

/// Every secret is shown behind this, so that leaked ones can be searched for.
const PREFIX: &str = "whsec_";
pub const SECRET_BYTES: usize = 32;

/// How a receiver is told the secret.
#[must_use]
pub fn secret_text(secret: &[u8]) -> String {
    format!("{PREFIX}{}", BASE64_STANDARD.encode(secret))
}

/// The headers of a message: its id, the second it is sent, and a signature for each secret.
#[must_use]
pub fn headers(
    id: &str,
    now: UnixMillis,
    body: &[u8],
    secrets: &[&[u8]],
) -> [(&'static str, String); 3] {
    let at = now.0.div_euclid(1_000).to_string();
    let signatures: Vec<String> = secrets
        .iter()
        .map(|secret| signature(secret, id, &at, body))
        .collect();
    [
        ("webhook-id", id.to_owned()),
        ("webhook-timestamp", at),
        ("webhook-signature", signatures.join(" ")),
    ]
}

fn signature(secret: &[u8], id: &str, at: &str, body: &[u8]) -> String {
    // A key of any length makes a code; the other outcome of the interface never comes.
    let Ok(mut code) = Hmac::<Sha256>::new_from_slice(secret) else {
        return String::new();
    };
    for part in [id.as_bytes(), b".", at.as_bytes(), b".", body] {
        code.update(part);
    }
    format!(
        "v1,{}",
        BASE64_STANDARD.encode(code.finalize().into_bytes())
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The specification's own example.
    const SECRET: &str = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";
    const ID: &str = "msg_27UH4WbU6Z5A5EzD8u03UvzRbpk";
    const AT: UnixMillis = UnixMillis(1_649_367_553_000);
    const BODY: &[u8] = br#"{"email":"test@example.com","username":"test_user"}"#;
    const SIGNATURE: &str = "v1,tZ1I4/hDygAJgO5TYxiSd6Sd0kDW6hPenDe+bTa3Kkw=";

    fn secret() -> Vec<u8> {
        BASE64_STANDARD.decode(&SECRET[PREFIX.len()..]).unwrap()
    }

    #[test]
    fn the_example_of_the_specification_is_signed_the_same() {
        assert_eq!(secret_text(&secret()), SECRET);
        let [id, at, signature] = headers(ID, AT, BODY, &[&secret()]);
        assert_eq!(id, ("webhook-id", ID.to_owned()));
        assert_eq!(at, ("webhook-timestamp", "1649367553".to_owned()));
        assert_eq!(signature, ("webhook-signature", SIGNATURE.to_owned()));
    }

    #[test]
    fn a_message_is_signed_with_the_earlier_secret_too() {
        let [_, _, (_, both)] = headers(ID, AT, BODY, &[b"another", &secret()]);
        let (first, second) = both.split_once(' ').unwrap();
        assert_ne!(first, SIGNATURE);
        assert_eq!(second, SIGNATURE);
    }
}
