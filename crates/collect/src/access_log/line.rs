//! One line of the combined log format, read without trusting it.

use std::net::IpAddr;

use base::{Day, UnixMillis};

/// Hours and minutes of a zone's offset.
const ZONE_DIGITS_MAX: usize = 4;

/// The parts of a line that matter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogLine<'a> {
    pub address: IpAddr,
    pub at: UnixMillis,
    pub method: &'a str,
    /// Path with query, or an absolute address.
    pub target: &'a str,
    pub status: u16,
    /// Empty where the log has `-`.
    pub referrer: &'a str,
    pub agent: &'a str,
}

/// Reads `address ident user [time] "request" status bytes "referrer" "agent"`; further fields
/// are ignored, and so is a host before the address. `None` where the line is something else.
#[must_use]
pub fn parse_log_line(line: &str) -> Option<LogLine<'_>> {
    let (front, rest) = line.split_once('[')?;
    let address = front.split_whitespace().take(2).find_map(read_address)?;
    let (time, rest) = rest.split_once(']')?;
    let (request, rest) = quoted(rest)?;
    let mut numbers = rest.split_whitespace();
    let status = numbers.next()?.parse().ok()?;
    let (referrer, rest) = quoted(rest).unwrap_or(("", ""));
    let agent = quoted(rest).map_or("", |(agent, _)| agent);
    let mut words = request.split(' ').filter(|word| !word.is_empty());
    Some(LogLine {
        address,
        at: read_time(time)?,
        method: words.next()?,
        target: words.next()?,
        status,
        referrer: if referrer == "-" { "" } else { referrer },
        agent: if agent == "-" { "" } else { agent },
    })
}

fn read_address(word: &str) -> Option<IpAddr> {
    word.trim_matches(['[', ']', ',', '"']).parse().ok()
}

/// The next quoted text, backslash-escaped quotes included, and what follows it.
fn quoted(text: &str) -> Option<(&str, &str)> {
    let inner = text.split_once('"')?.1;
    let mut escaped = false;
    for (at, byte) in inner.bytes().enumerate() {
        match byte {
            b'"' if !escaped => return Some((inner.get(..at)?, inner.get(at + 1..)?)),
            _ => escaped = byte == b'\\' && !escaped,
        }
    }
    None
}

/// `10/Oct/2000:13:55:36 -0700`
fn read_time(text: &str) -> Option<UnixMillis> {
    let (local, zone) = text.trim().split_once(' ')?;
    let mut parts = local.split(['/', ':']);
    let mut next = || parts.next();
    let day: u8 = next()?.parse().ok()?;
    let month = month(next()?)?;
    let year: i16 = next()?.parse().ok()?;
    let hour: i64 = next()?.parse().ok().filter(|hour| (0..24).contains(hour))?;
    let minute: i64 = next()?
        .parse()
        .ok()
        .filter(|minute| (0..60).contains(minute))?;
    let second: i64 = next()?
        .parse()
        .ok()
        .filter(|second| (0..=60).contains(second))?;
    // The date itself is checked by the calendar.
    let date: Day = format!("{year:04}-{month:02}-{day:02}").parse().ok()?;
    let sign = if zone.starts_with('-') { -1 } else { 1 };
    let digits = zone.trim_start_matches(['+', '-']);
    if digits.len() > ZONE_DIGITS_MAX {
        return None;
    }
    let digits: i64 = digits.parse().ok()?;
    let offset = sign * ((digits / 100) * 3_600 + (digits % 100) * 60);
    let seconds = i64::from(date.0) * 86_400 + hour * 3_600 + minute * 60 + second - offset;
    Some(UnixMillis(seconds.checked_mul(1_000)?))
}

fn month(name: &str) -> Option<usize> {
    let months = "JanFebMarAprMayJunJulAugSepOctNovDec";
    let at = months
        .find(name)
        .filter(|at| name.len() == 3 && at % 3 == 0)?;
    Some(at / 3 + 1)
}
