//! Codes of the time (RFC 6238: SHA-1, six digits, 30 seconds, as every authenticator knows them)
//! and recovery codes, without the store.

use std::fmt::Write as _;

use base::UnixMillis;
use qrcodegen::{QrCode as Modules, QrCodeEcc};
use totp_rs::{Builder, Secret, Totp};
use zeroize::Zeroizing;

use crate::error::Step as _;
use crate::{AppError, Surroundings, surroundings};

/// As RFC 4226 recommends.
pub(crate) const SECRET_BYTES: usize = 20;
const DIGITS: usize = 6;
const STEP_S: u64 = 30;
/// Steps that a clock may be before or behind.
const SKEW_STEPS: i64 = 1;
/// Letters of a recovery code, five bits each: beyond guessing even for who has the digests.
const RECOVERY_CHARS: usize = 16;
const RECOVERY_GROUP_CHARS: usize = 4;
const ISSUER: &str = "Throughline";

/// A picture of squares: what is dark, as the path of an SVG whose sides are `size` units.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QrCode {
    pub size: i32,
    pub path: String,
}

/// What was typed in, without the spaces and dashes that people put between.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Code {
    Time(Zeroizing<String>),
    Recovery(Zeroizing<String>),
}

impl Code {
    pub(super) fn read(typed: &str) -> Self {
        let plain = typed
            .chars()
            .filter(|letter| !letter.is_whitespace() && *letter != '-')
            .map(|letter| letter.to_ascii_lowercase());
        let plain = Zeroizing::new(plain.take(RECOVERY_CHARS + 1).collect::<String>());
        if plain.len() == DIGITS && plain.bytes().all(|letter| letter.is_ascii_digit()) {
            Self::Time(plain)
        } else {
            Self::Recovery(plain)
        }
    }
}

/// The time step whose code this is: it must be about now, and later than the last one taken.
///
/// A last step that is yet to come was taken by a clock that ran ahead; it would lock the person
/// out until then.
pub(super) fn accepted_step(
    secret: &[u8],
    digits: &str,
    now: UnixMillis,
    last_step: i64,
) -> Result<Option<i64>, AppError> {
    let now_s = now.0.unsigned_abs() / 1000;
    let current = (now_s / STEP_S).cast_signed();
    let last_step = if last_step > current + SKEW_STEPS {
        current - SKEW_STEPS - 1
    } else {
        last_step
    };
    let found = totp(secret)?.check(digits, now_s).map(u64::cast_signed);
    Ok(found.filter(|step| *step > last_step))
}

/// What an authenticator needs to be told.
pub(super) fn set_up(secret: &[u8], email: &str) -> Result<super::AuthenticatorSetUp, AppError> {
    let text = Zeroizing::new(Secret::from(secret.to_vec()).to_base32());
    let address = Zeroizing::new(format!(
        "otpauth://totp/{ISSUER}:{}?secret={}&issuer={ISSUER}",
        percent_encoded(email),
        *text
    ));
    let qr_code = draw(&address)?;
    Ok(super::AuthenticatorSetUp {
        secret: text,
        address,
        qr_code,
    })
}

pub(super) fn new_recovery_code(surroundings: &dyn Surroundings) -> String {
    surroundings::short_token(surroundings, RECOVERY_CHARS)
}

/// A recovery code as it is shown: in groups.
pub(super) fn shown(code: &str) -> String {
    let letters: Vec<char> = code.chars().collect();
    let groups = letters.chunks(RECOVERY_GROUP_CHARS);
    let groups: Vec<String> = groups.map(|group| group.iter().collect()).collect();
    groups.join("-")
}

fn totp(secret: &[u8]) -> Result<Totp, AppError> {
    let skew = u16::try_from(SKEW_STEPS).step("count steps")?;
    let built = Builder::new()
        .with_secret(secret.to_vec())
        .with_skew(skew)
        .with_step_duration(STEP_S)
        .build();
    built
        .map_err(|error| anyhow::anyhow!("{error}"))
        .step("compute codes")
}

fn draw(address: &str) -> Result<QrCode, AppError> {
    let modules = Modules::encode_text(address, QrCodeEcc::Medium)
        .map_err(|error| anyhow::anyhow!("{error}"))
        .step("draw a QR code")?;
    let size = modules.size();
    let mut path = String::new();
    for y in 0..size {
        for x in (0..size).filter(|x| modules.get_module(*x, y)) {
            write!(path, "M{x} {y}h1v1h-1z").step("draw a QR code")?;
        }
    }
    Ok(QrCode { size, path })
}

fn percent_encoded(text: &str) -> String {
    let mut encoded = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~@".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push('%');
            encoded.push_str(&crate::audit::hexadecimal(&[byte]).to_uppercase());
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The secret of RFC 6238's test vectors.
    const RFC_SECRET: &[u8] = b"12345678901234567890";

    fn check_step(digits: &str, at_s: i64, last_step: i64, accepted: Option<i64>) {
        let now = UnixMillis(at_s * 1000);
        let found = accepted_step(RFC_SECRET, digits, now, last_step).unwrap();
        assert_eq!(found, accepted, "{digits} at {at_s} behind {last_step}");
    }

    #[test]
    fn codes_are_those_of_rfc_6238() {
        for (at_s, digits) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
        ] {
            check_step(digits, at_s, 0, Some(at_s / 30));
        }
    }

    #[test]
    fn a_code_is_good_for_its_step_and_the_ones_beside_it() {
        let at_s = 1_111_111_109;
        let step = at_s / 30;
        for (moment, accepted) in [
            (step * 30 - 31, None),
            (step * 30 - 1, Some(step)),
            (step * 30 + 59, Some(step)),
            (step * 30 + 60, None),
        ] {
            check_step("081804", moment, 0, accepted);
        }
    }

    #[test]
    fn a_code_that_was_taken_and_those_before_it_are_none_any_more() {
        let at_s = 1_111_111_109;
        let step = at_s / 30;
        check_step("081804", at_s, step - 1, Some(step));
        check_step("081804", at_s, step, None);
        check_step("081804", at_s, step + 1, None);
    }

    #[test]
    fn a_clock_that_ran_ahead_locks_nobody_out() {
        let at_s = 1_111_111_109;
        check_step("081804", at_s, at_s / 30 + 1_000, Some(at_s / 30));
    }

    #[test]
    fn a_code_is_read_as_people_write_it() {
        let time = |text: &str| Code::Time(Zeroizing::new(text.to_owned()));
        let recovery = |text: &str| Code::Recovery(Zeroizing::new(text.to_owned()));
        assert_eq!(Code::read(" 081 804 "), time("081804"));
        assert_eq!(
            Code::read("ABCD-efgh-jk23-mn45"),
            recovery("abcdefghjk23mn45")
        );
        assert_eq!(Code::read("0818045"), recovery("0818045"));
        assert_eq!(Code::read("+81804"), recovery("+81804"));
        assert_eq!(shown("abcdefghjk23mn45"), "abcd-efgh-jk23-mn45");
    }

    #[test]
    fn an_authenticator_is_told_the_secret_and_whose_it_is() {
        let told = set_up(RFC_SECRET, "ada+tl@shop.example").unwrap();
        assert_eq!(*told.secret, "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
        assert_eq!(
            *told.address,
            "otpauth://totp/Throughline:ada%2Btl@shop.example?\
             secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Throughline"
        );
        // The corners of the three finders are dark.
        let far = told.qr_code.size - 1;
        for corner in [
            "M0 0h".to_owned(),
            format!("M{far} 0h"),
            format!("M0 {far}h"),
        ] {
            assert!(told.qr_code.path.contains(&corner), "{corner}");
        }
    }
}
