//! How many connections are held: never so many that no file can be opened any more.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Open files that the journal, the databases and uploads need beside the connections.
const FILES_RESERVED: u64 = 512;
/// Of a system that grants few files, the databases get as many as the connections.
const SHARE_MIN: u64 = 2;

/// Files that the process may have open, after asking the system for all it grants; `None` where
/// there is no limit.
pub(crate) fn files_max() -> Option<u64> {
    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit {
        current: limit.maximum,
        maximum: limit.maximum,
    };
    match setrlimit(Resource::Nofile, raised) {
        Ok(()) => limit.maximum,
        // A system that does not let it be raised has said what it grants.
        Err(_) => limit.current,
    }
}

/// How many connections of the configured number can be held with so many open files.
pub(crate) fn connections_max(configured: u32, files: Option<u64>) -> usize {
    let room = files.map_or(u64::MAX, |files| {
        files
            .saturating_sub(FILES_RESERVED)
            .max(files / SHARE_MIN)
            .max(1)
    });
    usize::try_from(room.min(u64::from(configured))).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_left_for_the_databases() {
        assert_eq!(connections_max(16_384, None), 16_384);
        assert_eq!(connections_max(16_384, Some(20_000)), 16_384);
        assert_eq!(connections_max(16_384, Some(4_096)), 3_584);
        assert_eq!(connections_max(16_384, Some(256)), 128);
        assert_eq!(connections_max(100, Some(1_024)), 100);
        assert_eq!(connections_max(100, Some(0)), 1);
    }
}
