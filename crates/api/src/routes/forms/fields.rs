//! The fields of a form, in each of the ways in which browsers and scripts send one.

/// Most parts of a form that are read; what comes after them is left out.
const PARTS_MAX: usize = 1_000;

/// How a form's body is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum BodyKind<'h> {
    Json,
    /// `name=value&…`
    Pairs,
    /// `multipart/form-data`: a part a field. Files are left out.
    Parts {
        boundary: &'h str,
    },
}

impl<'h> BodyKind<'h> {
    /// The kind that a content type names; `None` where it is not understood. A sender that names
    /// the kind of plain text, as scripts do to spare the browser its question, is taken at the
    /// form's own kind, and so is one that names none.
    pub(super) fn of(content_type: Option<&'h str>) -> Option<Self> {
        let Some(said) = content_type else {
            return Some(Self::Pairs);
        };
        let kind = said.to_ascii_lowercase();
        if kind.contains("json") {
            return Some(Self::Json);
        }
        if kind.contains("multipart/form-data") {
            let boundary = parameter(said, "boundary").unwrap_or_default();
            return Some(Self::Parts { boundary });
        }
        let is_plain = kind.contains("urlencoded") || kind.contains("text/plain");
        is_plain.then_some(Self::Pairs)
    }

    /// Names and texts of the fields, in the order of the form; JSON has none.
    pub(super) fn pairs(&self, body: &[u8]) -> Vec<(String, String)> {
        match self {
            Self::Json => Vec::new(),
            Self::Pairs => urlencoded(body),
            Self::Parts { boundary } => parts(body, boundary),
        }
    }
}

/// The fields of an `application/x-www-form-urlencoded` body.
fn urlencoded(body: &[u8]) -> Vec<(String, String)> {
    let parts = body
        .split(|byte| *byte == b'&')
        .filter(|part| !part.is_empty());
    parts
        .map(|part| {
            let mut halves = part.splitn(2, |byte| *byte == b'=');
            let mut half = || decoded(halves.next().unwrap_or_default());
            (half(), half())
        })
        .collect()
}

fn decoded(bytes: &[u8]) -> String {
    let mut out = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some((first, after)) = rest.split_first() {
        rest = after;
        match (first, after) {
            (b'+', _) => out.push(b' '),
            (b'%', [high, low, tail @ ..]) => match (hex(*high), hex(*low)) {
                (Some(high), Some(low)) => {
                    out.push((high << 4) | low);
                    rest = tail;
                }
                _ => out.push(b'%'),
            },
            (byte, _) => out.push(*byte),
        }
    }
    String::from_utf8_lossy(&out).trim().to_owned()
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit)
        .to_digit(16)
        .and_then(|value| u8::try_from(value).ok())
}

/// The text fields of a `multipart/form-data` body (RFC 7578).
fn parts(body: &[u8], boundary: &str) -> Vec<(String, String)> {
    if boundary.is_empty() {
        return Vec::new();
    }
    // Every line that begins a part stands behind a line end, but for the first.
    let delimiter = format!("\r\n--{boundary}");
    let first = &delimiter[2..];
    let mut rest = match body.strip_prefix(first.as_bytes()) {
        Some(rest) => rest,
        None => match split_at(body, delimiter.as_bytes()) {
            Some((_, rest)) => rest,
            None => return Vec::new(),
        },
    };
    let mut fields = Vec::new();
    // A part that nothing closes was cut off: what there is of it is no field.
    while let Some((part, after)) = split_at(rest, delimiter.as_bytes())
        && fields.len() < PARTS_MAX
        && !rest.starts_with(b"--")
    {
        fields.extend(field_of(part));
        rest = after;
    }
    fields
}

/// Name and text of a part; nothing for a file.
fn field_of(part: &[u8]) -> Option<(String, String)> {
    let (head, text) = split_at(part, b"\r\n\r\n")?;
    let head = String::from_utf8_lossy(head);
    let mut lines = head.lines().filter_map(|line| line.split_once(':'));
    let (_, said) =
        lines.find(|(name, _)| name.trim().eq_ignore_ascii_case("content-disposition"))?;
    if parameter(said, "filename").is_some() || parameter(said, "filename*").is_some() {
        return None;
    }
    // Browsers write quotes and line ends of a name as in an address, and nothing else.
    let name = parameter(said, "name")?;
    let name = name
        .replace("%22", "\"")
        .replace("%0D", "\r")
        .replace("%0A", "\n");
    let text = String::from_utf8_lossy(text).trim().to_owned();
    Some((name.trim().to_owned(), text))
}

/// A parameter of a header's value, without its quotes.
fn parameter<'t>(value: &'t str, name: &str) -> Option<&'t str> {
    let mut rest = value.split_once(';')?.1;
    loop {
        let (key, after) = rest.split_once('=')?;
        let after = after.trim_start();
        let (text, tail) = match after.strip_prefix('"') {
            Some(quoted) => quoted.split_once('"').unwrap_or((quoted, "")),
            None => {
                let end = after.find(';').unwrap_or(after.len());
                (after[..end].trim(), &after[end..])
            }
        };
        if key
            .trim()
            .trim_start_matches(';')
            .trim()
            .eq_ignore_ascii_case(name)
        {
            return Some(text);
        }
        rest = tail;
    }
}

/// What stands before and behind the first occurrence.
fn split_at<'b>(bytes: &'b [u8], separator: &[u8]) -> Option<(&'b [u8], &'b [u8])> {
    let mut windows = bytes.windows(separator.len());
    let at = windows.position(|window| window == separator)?;
    Some((&bytes[..at], &bytes[at + separator.len()..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(content_type: &str, body: &str, expected: &[(&str, &str)]) {
        let pairs = BodyKind::of(Some(content_type))
            .unwrap()
            .pairs(body.as_bytes());
        let pairs: Vec<(&str, &str)> = pairs
            .iter()
            .map(|(n, t)| (n.as_str(), t.as_str()))
            .collect();
        assert_eq!(pairs, expected, "{body}");
    }

    const PARTS: &str = "multipart/form-data; boundary=----b0";

    #[test]
    fn the_texts_of_a_form_with_files_are_read_and_the_files_are_not() {
        let body = "------b0\r\nContent-Disposition: form-data; name=\"phone\"\r\n\r\n+48 512\r\n\
            ------b0\r\ncontent-disposition: form-data; name=\"cv\"; filename=\"a; name=x\"\r\n\
            Content-Type: text/plain\r\n\r\nnever read\r\n\
            ------b0\r\nContent-Disposition: form-data; name=\"a%22b\"\r\n\r\nдва\r\nряда\r\n\
            ------b0--\r\n";
        check(
            PARTS,
            body,
            &[("phone", "+48 512"), ("a\"b", "два\r\nряда")],
        );
        let quoted = "Multipart/Form-Data; charset=utf-8; Boundary=\"----b0\"";
        check(
            quoted,
            body,
            &[("phone", "+48 512"), ("a\"b", "два\r\nряда")],
        );
    }

    #[test]
    fn a_broken_form_gives_the_fields_that_came_whole() {
        let field = "------b0\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n";
        check(
            PARTS,
            &format!("{field}------b0\r\nContent-Dispo"),
            &[("a", "1")],
        );
        check(
            PARTS,
            &format!("preamble\r\n{field}------b0--"),
            &[("a", "1")],
        );
        check(PARTS, field.trim_end(), &[]);
        check(PARTS, "", &[]);
        check(PARTS, "------b0", &[]);
        check(PARTS, "------b0--", &[]);
        check("multipart/form-data", field, &[]);
        let nameless = "------b0\r\nContent-Disposition: form-data\r\n\r\n1\r\n------b0--";
        check(PARTS, nameless, &[]);
    }

    #[test]
    fn a_form_is_known_by_its_content_type() {
        for (said, expected) in [
            (None, Some(BodyKind::Pairs)),
            (
                Some("application/json; charset=utf-8"),
                Some(BodyKind::Json),
            ),
            (
                Some("application/x-www-form-urlencoded"),
                Some(BodyKind::Pairs),
            ),
            (Some("text/plain;charset=UTF-8"), Some(BodyKind::Pairs)),
            (Some(PARTS), Some(BodyKind::Parts { boundary: "----b0" })),
            (Some("image/png"), None),
        ] {
            assert_eq!(BodyKind::of(said), expected, "{said:?}");
        }
    }
}
