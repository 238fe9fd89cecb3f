//! Passwords: argon2id, checked in constant time, hashed on a blocking thread.

use argon2::password_hash::{PasswordHash, PasswordHasher as _, PasswordVerifier as _, SaltString};
use argon2::{Algorithm, Argon2, Params, Version};

use tokio::sync::{Semaphore, SemaphorePermit};

use crate::error::Step as _;
use crate::{AppError, Surroundings, surroundings};

/// Shortest password accepted.
pub(crate) const PASSWORD_CHARS_MIN: usize = 10;
/// Longest password accepted; bounds the work of hashing.
pub(crate) const PASSWORD_BYTES_MAX: usize = 256;

// OWASP's second recommendation for argon2id: 19 MiB, two passes, one lane.
const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;

/// # Errors
/// When the password is too short or too long; the field is `field`.
pub(crate) fn check_strength(field: &'static str, password: &str) -> Result<(), AppError> {
    if password.chars().count() < PASSWORD_CHARS_MIN {
        let detail = format!("use at least {PASSWORD_CHARS_MIN} characters");
        return Err(AppError::invalid(field, "too_short", detail));
    }
    if password.len() > PASSWORD_BYTES_MAX {
        let detail = format!("use at most {PASSWORD_BYTES_MAX} bytes");
        return Err(AppError::invalid(field, "too_long", detail));
    }
    Ok(())
}

/// Hashes worked on at once: each takes 19 MiB and a processor for a while.
const TURNS: usize = 2;
static HASHING: Semaphore = Semaphore::const_new(TURNS);

/// Leave to hash. Whoever limits attempts looks at the limit after the turn came and counts the
/// attempt before the turn is over, so that attempts at the same moment do not pass together.
pub(crate) struct Turn(SemaphorePermit<'static>);

pub(crate) async fn turn() -> Result<Turn, AppError> {
    let permit = HASHING.acquire().await.step("wait for the hasher")?;
    Ok(Turn(permit))
}

pub(crate) async fn hash(
    password: String,
    surroundings: &dyn Surroundings,
) -> Result<String, AppError> {
    let turn = turn().await?;
    let bytes = surroundings::random::<16>(surroundings);
    let salt = SaltString::encode_b64(&bytes)
        .map_err(|error| anyhow::anyhow!("{error}"))
        .step("make a salt")?;
    blocking(&turn, move || {
        hasher()
            .and_then(|hasher| {
                hasher
                    .hash_password(password.as_bytes(), &salt)
                    .map(|h| h.to_string())
            })
            .map_err(|error| anyhow::anyhow!("{error}"))
            .step("hash a password")
    })
    .await?
}

/// Whether the password is the hashed one. Takes the same time for an unknown user: pass `None`.
pub(crate) async fn verify(
    turn: &Turn,
    password: String,
    hash: Option<String>,
) -> Result<bool, AppError> {
    let known = hash.is_some();
    let hash = hash.unwrap_or_else(|| NOBODY.to_owned());
    let fits = blocking(turn, move || {
        PasswordHash::new(&hash)
            .and_then(|parsed| hasher()?.verify_password(password.as_bytes(), &parsed))
            .is_ok()
    })
    .await?;
    Ok(fits && known)
}

/// A hash of no password, to spend the same time on unknown users.
const NOBODY: &str = "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$\
    AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// What is kept of who has no password: nothing fits it.
pub(crate) fn none() -> String {
    NOBODY.to_owned()
}

fn hasher() -> Result<Argon2<'static>, argon2::password_hash::Error> {
    let params = Params::new(MEMORY_KIB, PASSES, 1, None)?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

async fn blocking<T: Send + 'static>(
    Turn(_permit): &Turn,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, AppError> {
    tokio::task::spawn_blocking(work)
        .await
        .step("wait for the hasher")
}
