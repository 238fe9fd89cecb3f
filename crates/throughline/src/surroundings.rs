//! The clock, the randomness and the disk's meter, owned by the binary and handed to the rest.

use std::path::Path;

use app::Surroundings;
use base::UnixMillis;

/// The machine's own clock and random generator.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Machine;

impl Surroundings for Machine {
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the one clock of the program"
    )]
    fn now(&self) -> UnixMillis {
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        let millis = since.map(|elapsed| elapsed.as_millis()).unwrap_or_default();
        UnixMillis(i64::try_from(millis).unwrap_or(i64::MAX))
    }

    fn fill(&self, bytes: &mut [u8]) {
        rand::Rng::fill(&mut rand::rng(), bytes);
    }

    fn free_bytes(&self, folder: &Path) -> Option<u64> {
        let stat = rustix::fs::statvfs(folder).ok()?;
        Some(stat.f_bavail.saturating_mul(stat.f_frsize))
    }
}

impl backup::Machine for Machine {
    fn now_ms(&self) -> i64 {
        self.now().0
    }

    fn fill(&self, bytes: &mut [u8]) {
        Surroundings::fill(self, bytes);
    }
}
