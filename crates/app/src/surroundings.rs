//! What the program takes from the machine: time, randomness and room on disk, as arguments.

use std::path::Path;

use base::{FactId, UnixMillis, VisitorId};

/// The clock, the random generator and the disk's meter. The binary has the machine's, tests have
/// seeded ones.
pub trait Surroundings: Send + Sync {
    fn now(&self) -> UnixMillis;

    /// Fills with unpredictable bytes: tokens and salts are made from them.
    fn fill(&self, bytes: &mut [u8]);

    /// Bytes that can still be written to the disk of a folder; `None` where nobody can tell.
    fn free_bytes(&self, folder: &Path) -> Option<u64>;
}

/// Random bytes from any surroundings.
pub fn random<const N: usize>(surroundings: &dyn Surroundings) -> [u8; N] {
    let mut bytes = [0; N];
    surroundings.fill(&mut bytes);
    bytes
}

/// A secret that is shown once: 32 random characters of 5 bits each.
#[must_use]
pub fn secret(surroundings: &dyn Surroundings) -> String {
    const ALPHABET: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
    random::<32>(surroundings)
        .iter()
        .map(|byte| char::from(ALPHABET[usize::from(byte % 32)]))
        .collect()
}

/// A short readable token for addresses that people see.
#[must_use]
pub(crate) fn short_token(surroundings: &dyn Surroundings, length: usize) -> String {
    let mut token = secret(surroundings);
    token.truncate(length);
    token
}

/// A new fact id that begins with the time, so that ids sort by it.
#[must_use]
pub fn fact_id(surroundings: &dyn Surroundings) -> FactId {
    let millis = u128::from(surroundings.now().0.unsigned_abs());
    let random = u128::from_le_bytes(random::<16>(surroundings));
    FactId((millis << 80) | (random >> 48))
}

/// A new visitor.
#[must_use]
pub fn visitor_id(surroundings: &dyn Surroundings) -> VisitorId {
    VisitorId(u64::from_le_bytes(random::<8>(surroundings)))
}
