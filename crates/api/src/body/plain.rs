//! What a reader of JSON, queries and addresses complains of, in one plain sentence.

use axum::extract::path::ErrorKind;

/// A complaint in words of this API.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Plain {
    /// The way to the field, where one is known: `items[0].date`.
    pub(crate) field: Option<String>,
    pub(crate) detail: String,
}

/// Longest part of what was sent that is repeated.
const SHOWN_CHARS: usize = 60;

/// Puts the message of the reader (`items[0]: missing field … at line 1 column 9`) in plain words.
pub(crate) fn of(message: &str) -> Plain {
    let message = without_place(message);
    let (path, complaint) = parted(message);
    if let Some(name) = quoted(complaint, "missing field ") {
        let field = under(path, name);
        let detail = format!("{field} is missing");
        return told(field, detail);
    }
    if let Some(name) = quoted(complaint, "duplicate field ") {
        let field = under(path, name);
        let detail = format!("{field} stands there twice");
        return told(field, detail);
    }
    if let Some(name) = quoted(complaint, "unknown field ") {
        let field = under(path, name);
        let detail = match choices(complaint) {
            Some(known) => format!("there is no field {field}; there are {known}"),
            None => format!("there is no field {field}"),
        };
        return told(field, detail);
    }
    let what = wrong(complaint);
    match path {
        Some(path) => told(path.to_owned(), format!("{path} {what}")),
        None => Plain {
            field: None,
            detail: format!("what was sent {what}"),
        },
    }
}

fn told(field: String, detail: String) -> Plain {
    Plain {
        field: Some(field),
        detail,
    }
}

/// What is wrong with a value, as the end of a sentence about it.
fn wrong(complaint: &str) -> String {
    if let Some(value) = quoted(complaint, "unknown variant ") {
        let value = short(value);
        return match choices(complaint) {
            Some(known) => format!("must be one of {known}, not {value}"),
            None => format!("cannot be {value}"),
        };
    }
    for kind in ["invalid type: ", "invalid value: ", "invalid length "] {
        if let Some((found, expected)) = complaint
            .strip_prefix(kind)
            .and_then(|rest| rest.rsplit_once(", expected "))
        {
            let found = match kind {
                "invalid length " => format!("{found} parts"),
                _ => value_found(found),
            };
            return format!("must be {}, not {found}", value_expected(expected));
        }
    }
    if complaint.starts_with("data did not match any variant") {
        return "has none of the shapes that it may have; see /api/v1/openapi.json".to_owned();
    }
    if complaint.ends_with("found in string") || complaint.ends_with("fit in target type") {
        return "must be a whole number".to_owned();
    }
    if complaint.starts_with("provided string was not") {
        return "must be true or false".to_owned();
    }
    format!("is not understood: {complaint}")
}

/// Cuts off the place in the text, which nobody counts.
fn without_place(message: &str) -> &str {
    let cut = message.rfind(" at line ");
    match cut.map(|at| message.split_at(at)) {
        Some((said, place)) if place.contains(" column ") => said,
        _ => message,
    }
}

/// The way to the value, if the message begins with one, and the complaint.
fn parted(message: &str) -> (Option<&str>, &str) {
    match message.split_once(": ") {
        Some((path, complaint)) if !path.contains([' ', '`']) => {
            (Some(path).filter(|path| *path != "."), complaint)
        }
        _ => (None, message),
    }
}

fn quoted<'a>(complaint: &'a str, kind: &str) -> Option<&'a str> {
    let rest = complaint.strip_prefix(kind)?.strip_prefix('`')?;
    rest.split_once('`').map(|(name, _)| name)
}

/// The field `name` under a path, which may name it already.
fn under(path: Option<&str>, name: &str) -> String {
    match path {
        Some(path) if path == name || path.ends_with(&format!(".{name}")) => path.to_owned(),
        Some(path) => match path.strip_suffix('?') {
            Some(parent) => format!("{parent}{name}"),
            None => format!("{path}.{name}"),
        },
        None => name.to_owned(),
    }
}

/// ``expected one of `a`, `b` `` as `a, b`.
fn choices(complaint: &str) -> Option<String> {
    let (_, listed) = complaint.split_once(", expected ")?;
    let names: Vec<&str> = listed.split('`').skip(1).step_by(2).collect();
    Some(names.join(", "))
}

fn value_expected(expected: &str) -> String {
    let words = match expected {
        "a string" | "a borrowed string" | "string" | "path string" => "a text",
        "i8" | "i16" | "i32" | "i64" | "i128" | "isize" => "a whole number",
        "u8" | "u16" | "u32" | "u64" | "u128" | "usize" => "a whole number, zero or more",
        "f32" | "f64" => "a number",
        "a boolean" => "true or false",
        "a sequence" => "a list",
        "a map" => "an object",
        "unit" | "null" => "null",
        "string or map" => "a text or an object",
        _ if expected.starts_with("struct ") => "an object",
        _ if expected.starts_with("enum ") => "a text",
        _ if expected.starts_with("a tuple") || expected.starts_with("tuple ") => "a list",
        own => own,
    };
    words.to_owned()
}

fn value_found(found: &str) -> String {
    match found.split_once(' ') {
        Some(("string", text)) => format!("the text {}", short(text)),
        Some(("integer" | "boolean", value)) => value.trim_matches('`').to_owned(),
        Some(("floating", rest)) => rest
            .trim_start_matches("point ")
            .trim_matches('`')
            .to_owned(),
        Some(("unit", _)) => "null".to_owned(),
        _ => match found {
            "map" => "an object".to_owned(),
            "sequence" => "a list".to_owned(),
            other => other.to_owned(),
        },
    }
}

/// What was sent, cut to what fits into a sentence.
fn short(text: &str) -> String {
    match text.char_indices().nth(SHOWN_CHARS) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// The same of a part of an address.
pub(crate) fn of_path(kind: &ErrorKind) -> String {
    match kind {
        ErrorKind::ParseErrorAtKey {
            key,
            value,
            expected_type,
        } => {
            let expected = value_expected(expected_type);
            format!(
                "{key} in the address must be {expected}, not {}",
                short(value)
            )
        }
        ErrorKind::ParseError {
            value,
            expected_type,
        } => {
            let expected = value_expected(expected_type);
            format!("this address has {expected}, not {}", short(value))
        }
        ErrorKind::DeserializeError {
            key,
            value,
            message,
        } => format!(
            "{key} in the address {}, not {}",
            wrong(message),
            short(value)
        ),
        ErrorKind::InvalidUtf8InPathParam { key } => {
            format!("{key} in the address is no text in UTF-8")
        }
        _ => "this address cannot be read".to_owned(),
    }
}
