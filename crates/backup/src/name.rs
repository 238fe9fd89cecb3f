//! Names of objects: pieces by what they hold, sets by when they were made.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

pub(crate) const PIECES: &str = "pieces/";
pub(crate) const SETS: &str = "sets/";
/// Marks on pieces that were found to be damaged.
pub(crate) const DAMAGED: &str = "damaged/";
const SET_TIME: &str = "%Y%m%dt%H%M%S";
/// Letters of the seconds and everything before them; milliseconds and a `z` follow.
const SECOND_CHARS: usize = 15;
const SUFFIX_CHARS: usize = 8;

/// A piece, by the keyed hash of what it holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PieceId(pub(crate) [u8; 32]);

/// A set: its time in UTC, to the millisecond, and something random, so that sets are in order and
/// no two have one name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct SetName(String);

/// A text that names no set and no piece.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("it is no name of a back-up, such as 20261122t031500z-1f2e3d4c")]
pub struct NameError;

impl PieceId {
    /// Where the piece is. The first letters spread pieces over folders.
    pub(crate) fn object(self) -> String {
        let text = hexadecimal(&self.0);
        format!("{PIECES}{}/{text}", &text[..2])
    }

    /// Where it is marked that the piece is damaged.
    pub(crate) fn mark(self) -> String {
        format!("{DAMAGED}{}", hexadecimal(&self.0))
    }

    pub(crate) fn of_object(name: &str) -> Option<Self> {
        name.rsplit_once('/')?.1.parse().ok()
    }
}

impl SetName {
    pub(crate) fn new(made_ms: i64, random: [u8; SUFFIX_CHARS / 2]) -> Self {
        let made = Timestamp::from_millisecond(made_ms).unwrap_or_default();
        let second = made.to_zoned(TimeZone::UTC).strftime(SET_TIME);
        let rest = made_ms.rem_euclid(1_000);
        Self(format!("{second}{rest:03}z-{}", hexadecimal(&random)))
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// When the set was made.
    #[must_use]
    pub fn made_ms(&self) -> i64 {
        made_ms(&self.0).unwrap_or_default()
    }

    pub(crate) fn object(&self) -> String {
        format!("{SETS}{}", self.0)
    }

    pub(crate) fn of_object(name: &str) -> Option<Self> {
        name.strip_prefix(SETS)?.parse().ok()
    }
}

fn made_ms(name: &str) -> Option<i64> {
    let (time, _) = name.split_once("z-")?;
    let (second, rest) = time.split_at_checked(SECOND_CHARS)?;
    let is_rest = rest.len() == 3 && rest.bytes().all(|digit| digit.is_ascii_digit());
    let rest: i64 = rest.parse().ok().filter(|_| is_rest)?;
    let made = jiff::civil::DateTime::strptime(SET_TIME, second).ok()?;
    let made = made.to_zoned(TimeZone::UTC).ok()?;
    Some(made.timestamp().as_millisecond() + rest)
}

impl FromStr for SetName {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        let (_, suffix) = text.split_once('-').ok_or(NameError)?;
        let is_random = suffix.len() == SUFFIX_CHARS && suffix.bytes().all(is_digit);
        match made_ms(text) {
            Some(_) if is_random => Ok(Self(text.to_owned())),
            _ => Err(NameError),
        }
    }
}

impl FromStr for PieceId {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        let mut id = [0; 32];
        if text.len() != 64 || !text.bytes().all(is_digit) {
            return Err(NameError);
        }
        for (byte, at) in id.iter_mut().zip((0..64).step_by(2)) {
            *byte = u8::from_str_radix(&text[at..at + 2], 16).map_err(|_| NameError)?;
        }
        Ok(Self(id))
    }
}

fn is_digit(letter: u8) -> bool {
    matches!(letter, b'0'..=b'9' | b'a'..=b'f')
}

pub(crate) fn hexadecimal(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

impl TryFrom<String> for PieceId {
    type Error = NameError;

    fn try_from(text: String) -> Result<Self, NameError> {
        text.parse()
    }
}

impl From<PieceId> for String {
    fn from(id: PieceId) -> Self {
        hexadecimal(&id.0)
    }
}

impl TryFrom<String> for SetName {
    type Error = NameError;

    fn try_from(text: String) -> Result<Self, NameError> {
        text.parse()
    }
}

impl From<SetName> for String {
    fn from(name: SetName) -> Self {
        name.0
    }
}

impl fmt::Display for SetName {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_is_named_by_its_time_and_reads_back() {
        let name = SetName::new(1_795_317_301_999, [1, 2, 0xab, 0xff]);
        assert_eq!(name.as_str(), "20261122t031501999z-0102abff");
        assert_eq!(name.made_ms(), 1_795_317_301_999);
        assert_eq!(SetName::of_object(&name.object()), Some(name));
    }

    #[test]
    fn strangers_are_no_names() {
        for text in [
            "",
            "20261122t031501000z",
            "20261122t031501z-0102abff",
            "20261122t031501000z-0102abf",
            "20261122t031501000z-0102abfg",
            "20261322t031501000z-0102abff",
            "20261122t031501+00z-0102abff",
            "../20261122t031501000z-0102abff",
        ] {
            assert_eq!(text.parse::<SetName>(), Err(NameError), "{text}");
        }
        assert_eq!("é".repeat(32).parse::<PieceId>(), Err(NameError));
    }
}
