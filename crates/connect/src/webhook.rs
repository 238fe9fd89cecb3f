//! Signatures of messages to and from other programs, by the Standard Webhooks specification 1.0.0.
//!
//! <https://www.standardwebhooks.com>: `webhook-signature` is `v1,` and the HMAC-SHA256 of id,
//! time and body joined by dots, in Base64; a message may carry several, one for each secret.

use base::UnixMillis;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use subtle::ConstantTimeEq as _;

/// Every secret is shown behind this, so that leaked ones can be searched for.
const PREFIX: &str = "whsec_";
pub const SECRET_BYTES: usize = 32;
/// What codes by HMAC-SHA256 begin with.
const SCHEME: &str = "v1,";
/// How far the sender's clock may be from ours, on both sides.
const TOLERANCE_S: u64 = 5 * 60;
const ID_CHARS_MAX: usize = 150;
/// More secrets than that nobody signs with at once.
const SIGNATURES_MAX: usize = 16;

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

/// A message that came: its headers as they are, and its body byte by byte.
#[derive(Debug, Clone, Copy)]
pub struct Received<'a> {
    pub id: &'a str,
    /// Unix seconds, in decimal.
    pub at: &'a str,
    /// One or several, a space between them; those of other schemes are passed over.
    pub signatures: &'a str,
    pub body: &'a [u8],
}

/// Why a message is not taken for its sender's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    #[error("webhook-id must be 1 to 150 letters, digits and signs, and no full stop")]
    Id,
    #[error("webhook-timestamp must be the second of sending, five minutes from now at most")]
    Time,
    #[error("no webhook-signature is of this id, time and body by the secret of this key")]
    Signature,
}

/// Checks what can be told of a message before its body is there.
///
/// # Errors
/// When its id or time is none.
pub fn check_time(id: &str, at: &str, now: UnixMillis) -> Result<(), SignatureError> {
    // A full stop joins the parts, so one within a part would let another message look the same.
    let is_plain = |byte: u8| byte.is_ascii_graphic() && byte != b'.';
    if !(1..=ID_CHARS_MAX).contains(&id.len()) || !id.bytes().all(is_plain) {
        return Err(SignatureError::Id);
    }
    let is_number = !at.is_empty() && at.bytes().all(|byte| byte.is_ascii_digit());
    let second: i64 = at.parse().map_err(|_| SignatureError::Time)?;
    let now_s = now.0.div_euclid(1_000);
    if !is_number || now_s.abs_diff(second) > TOLERANCE_S {
        return Err(SignatureError::Time);
    }
    Ok(())
}

/// Checks that the message was signed with the secret, not long ago.
///
/// # Errors
/// What is wrong with it.
pub fn verify(
    message: &Received<'_>,
    secret: &[u8],
    now: UnixMillis,
) -> Result<(), SignatureError> {
    let Received { id, at, body, .. } = *message;
    check_time(id, at, now)?;
    let mut told = message
        .signatures
        .split_ascii_whitespace()
        .filter_map(|one| one.strip_prefix(SCHEME))
        .take(SIGNATURES_MAX)
        .filter_map(|one| BASE64_STANDARD.decode(one).ok());
    // However many are told, the body is gone through once.
    let ours = code(secret, id, at, body).map(|code| code.finalize().into_bytes());
    let is_ours = |one: Vec<u8>| ours.is_some_and(|ours| bool::from(ours.as_slice().ct_eq(&one)));
    if told.any(is_ours) {
        Ok(())
    } else {
        Err(SignatureError::Signature)
    }
}

fn signature(secret: &[u8], id: &str, at: &str, body: &[u8]) -> String {
    let code = code(secret, id, at, body).map(|code| code.finalize().into_bytes());
    format!(
        "{SCHEME}{}",
        BASE64_STANDARD.encode(code.unwrap_or_default())
    )
}

/// A key of any length makes a code: `None`, which the interface of it has, never comes.
fn code(secret: &[u8], id: &str, at: &str, body: &[u8]) -> Option<Hmac<Sha256>> {
    let mut code = Hmac::<Sha256>::new_from_slice(secret).ok()?;
    for part in [id.as_bytes(), b".", at.as_bytes(), b".", body] {
        code.update(part);
    }
    Some(code)
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

    fn verified(id: &str, at: &str, signatures: &str, now: i64) -> Result<(), SignatureError> {
        let message = Received {
            id,
            at,
            signatures,
            body: BODY,
        };
        verify(&message, &secret(), UnixMillis(now * 1_000 + 999))
    }

    #[test]
    fn a_message_is_its_senders_for_five_minutes_around_its_time() {
        let (at, sent) = ("1649367553", 1_649_367_553);
        for now in [sent - 300, sent, sent + 300] {
            assert_eq!(verified(ID, at, SIGNATURE, now), Ok(()));
        }
        for now in [sent - 301, sent + 301, 0] {
            let late = verified(ID, at, SIGNATURE, now);
            assert_eq!(late, Err(SignatureError::Time));
        }
        for at in ["", "now", "+1649367553", "99999999999999999999"] {
            let wrong = verified(ID, at, SIGNATURE, sent);
            assert_eq!(wrong, Err(SignatureError::Time), "{at:?}");
        }
    }

    #[test]
    fn one_signature_of_several_is_enough_and_another_scheme_is_none() {
        let (at, sent) = ("1649367553", 1_649_367_553);
        let several = format!("v1a,AAAA v1,AAAA {SIGNATURE} v1,%%");
        assert_eq!(verified(ID, at, &several, sent), Ok(()));
        let hidden = format!("{}{SIGNATURE}", "v1, ".repeat(SIGNATURES_MAX));
        let wrong = verified(ID, at, &hidden, sent);
        assert_eq!(
            wrong,
            Err(SignatureError::Signature),
            "so many nobody sends"
        );
        let other = SIGNATURE.replace("v1,", "v2,");
        let cut = &SIGNATURE[..SIGNATURE.len() - 4];
        for none in ["", "v1,", &other, cut] {
            let wrong = verified(ID, at, none, sent);
            assert_eq!(wrong, Err(SignatureError::Signature), "{none:?}");
        }
        let another = verified("msg_other", at, SIGNATURE, sent);
        assert_eq!(another, Err(SignatureError::Signature));
    }

    #[test]
    fn an_id_that_could_be_read_in_two_ways_is_refused() {
        for id in ["", "msg.1", "msg 1", "\u{e9}", &"m".repeat(151)] {
            let wrong = verified(id, "1649367553", SIGNATURE, 1_649_367_553);
            assert_eq!(wrong, Err(SignatureError::Id), "{id:?}");
        }
    }

    #[test]
    fn a_message_is_signed_with_the_earlier_secret_too() {
        let [_, _, (_, both)] = headers(ID, AT, BODY, &[b"another", &secret()]);
        let (first, second) = both.split_once(' ').unwrap();
        assert_ne!(first, SIGNATURE);
        assert_eq!(second, SIGNATURE);
    }
}
