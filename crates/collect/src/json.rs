//! JSON from strangers: limited in depth, lenient in values.

use std::borrow::Cow;

use domain::visit::{PROPERTY_NAME_BYTES_MAX, PROPERTY_VALUE_BYTES_MAX};
use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// Deepest nesting that a body may have.
pub(crate) const JSON_DEPTH_MAX: usize = 8;
/// Properties kept of an event; more are left out.
pub(crate) const PROPERTIES_MAX: usize = 30;

/// Whether brackets nest no deeper than [`JSON_DEPTH_MAX`], without parsing.
pub(crate) fn is_shallow(body: &[u8]) -> bool {
    is_within(body, JSON_DEPTH_MAX)
}

/// The same for another depth.
pub(crate) fn is_within(body: &[u8], depth_max: usize) -> bool {
    let (mut depth, mut in_text, mut escaped) = (0_usize, false, false);
    for byte in body {
        match (in_text, byte) {
            (true, _) if escaped => escaped = false,
            (true, b'\\') => escaped = true,
            (true, b'"') => in_text = false,
            (false, b'"') => in_text = true,
            (false, b'{' | b'[') => depth += 1,
            (false, b'}' | b']') => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > depth_max {
            return false;
        }
    }
    true
}

/// A text, number or truth value as text; anything else is empty.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Scalar<'a>(pub(crate) Cow<'a, str>);

/// Properties of an event in their order; lists, objects and blanks are left out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Properties(pub(crate) Vec<(String, String)>);

impl<'de: 'a, 'a> Deserialize<'de> for Scalar<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ScalarVisitor)
    }
}

struct ScalarVisitor;

macro_rules! visit_as_text {
    ($($method:ident: $type:ty),+) => {$(
        fn $method<E>(self, value: $type) -> Result<Self::Value, E> {
            Ok(Scalar(Cow::Owned(value.to_string())))
        }
    )+};
}

impl<'de> Visitor<'de> for ScalarVisitor {
    type Value = Scalar<'de>;

    fn expecting(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("a value")
    }

    visit_as_text!(visit_bool: bool, visit_i64: i64, visit_u64: u64);
    visit_as_text!(visit_f64: f64, visit_str: &str);

    fn visit_borrowed_str<E>(self, value: &'de str) -> Result<Self::Value, E> {
        Ok(Scalar(Cow::Borrowed(value)))
    }

    fn visit_string<E>(self, value: String) -> Result<Self::Value, E> {
        Ok(Scalar(Cow::Owned(value)))
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Scalar::default())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Scalar::default())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Scalar::default())
    }
}

impl<'de> Deserialize<'de> for Properties {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(PropertiesVisitor)
    }
}

struct PropertiesVisitor;

impl<'de> Visitor<'de> for PropertiesVisitor {
    type Value = Properties;

    fn expecting(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("an object of properties")
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Properties::default())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut kept = Vec::new();
        while let Some((name, value)) = map.next_entry::<Scalar<'de>, Scalar<'de>>()? {
            let name = domain::source::clean(name.0, PROPERTY_NAME_BYTES_MAX);
            let value = domain::source::clean(value.0, PROPERTY_VALUE_BYTES_MAX);
            if kept.len() < PROPERTIES_MAX && !name.is_empty() && !value.is_empty() {
                kept.push((name.into_owned(), value.into_owned()));
            }
        }
        Ok(Properties(kept))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn depth_is_counted_outside_of_texts() {
        assert!(is_shallow(br#"{"a":"[[[[[[[[[[[[\"[["}"#));
        assert!(!is_shallow(b"[[[[[[[[[1]]]]]]]]]"));
        assert!(is_shallow(b"[[[[[[[[1]]]]]]]]"));
    }

    #[test]
    fn odd_properties_are_left_out() {
        let json = r#"{"a":1,"b":"x","c":[1],"d":{},"e":null,"f":true,"":"y","g":1.5}"#;
        let Properties(kept) = serde_json::from_str(json).unwrap();
        let kept: Vec<_> = kept
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        assert_eq!(kept, ["a=1", "b=x", "f=true", "g=1.5"]);
    }
}
