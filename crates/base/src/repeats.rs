//! Whether the same hit may come again.

use serde::{Deserialize, Serialize};

/// Whether a hit may be delivered again, which only an id of the sender's own allows to tell.
///
/// The first two are written as the `false` and `true` that stood here in earlier journals.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Repeats {
    Never,
    /// A server or a file, which may send the same again years later.
    AnyTime,
    /// A browser that saw no answer and asks once more within [`Repeats::SOON_MS`].
    Soon,
}

impl Repeats {
    /// How long after a browser's delivery the same one counts as a repetition.
    pub const SOON_MS: i64 = 3600 * 1000;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whether_a_hit_repeats_reads_from_earlier_journals() {
        let written = |flag: bool| postcard::to_stdvec(&flag).unwrap();
        let read = |bytes: &[u8]| postcard::from_bytes::<Repeats>(bytes).unwrap();
        assert_eq!(read(&written(false)), Repeats::Never);
        assert_eq!(read(&written(true)), Repeats::AnyTime);
    }
}
