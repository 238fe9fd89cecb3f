//! Families of browsers and systems, by the maintained pattern list.

use std::borrow::Cow;
use std::sync::LazyLock;

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use ua_parser::{os, user_agent};

const PATTERNS: &str = include_str!(concat!(
    env!("THROUGHLINE_DEPS_DIR"),
    "/node_modules/uap-core/regexes.yaml"
));

type Fields = Map<String, Value>;

static EXTRACTORS: LazyLock<Extractors> = LazyLock::new(Extractors::build);

struct Extractors {
    browsers: Option<user_agent::Extractor<'static>>,
    systems: Option<os::Extractor<'static>>,
}

/// Browser and system; empty where the list has none.
pub(super) fn families(agent: &str) -> (String, String) {
    let browser = EXTRACTORS
        .browsers
        .as_ref()
        .and_then(|extractor| extractor.extract(agent));
    let system = EXTRACTORS
        .systems
        .as_ref()
        .and_then(|extractor| extractor.extract(agent));
    (
        browser
            .map(|found| found.family.into_owned())
            .unwrap_or_default(),
        system
            .map(|found| found.os.into_owned())
            .unwrap_or_default(),
    )
}

impl Extractors {
    fn build() -> Self {
        let browsers = entries("user_agent_parsers:")
            .try_fold(user_agent::Builder::new(), |builder, fields| {
                builder.push(parser(fields).ok()?).ok()
            });
        let systems = entries("os_parsers:").try_fold(os::Builder::new(), |builder, fields| {
            builder.push(parser(fields).ok()?).ok()
        });
        let built = Self {
            browsers: browsers.and_then(|builder| builder.build().ok()),
            systems: systems.and_then(|builder| builder.build().ok()),
        };
        if built.browsers.is_none() || built.systems.is_none() {
            tracing::error!("user agent patterns could not be compiled");
        }
        built
    }
}

fn parser<T: DeserializeOwned>(fields: Fields) -> Result<T, serde_json::Error> {
    serde_json::from_value(Value::Object(fields))
}

/// The entries of one section of the list, which is YAML of its plainest form: a list of
/// mappings from words to quoted texts.
fn entries(section: &str) -> impl Iterator<Item = Fields> {
    let lines = PATTERNS
        .lines()
        .skip_while(move |line| *line != section)
        .skip(1);
    let lines = lines.take_while(|line| line.is_empty() || line.starts_with([' ', '#']));
    let mut entries: Vec<Fields> = Vec::new();
    for line in lines.map(str::trim).filter(|line| !line.starts_with('#')) {
        let field = match line.strip_prefix("- ") {
            Some(first) => {
                entries.push(Fields::new());
                first
            }
            None => line,
        };
        let value = field
            .split_once(": ")
            .and_then(|(name, text)| Some((name, unquote(text)?)));
        if let (Some(entry), Some((name, text))) = (entries.last_mut(), value) {
            entry.insert(name.to_owned(), Value::from(text.into_owned()));
        }
    }
    entries.into_iter()
}

fn unquote(text: &'static str) -> Option<Cow<'static, str>> {
    let start = text.find('\'')?;
    let end = text.rfind('\'')?;
    let inner = text.get(start + 1..end)?;
    Some(if inner.contains("''") {
        inner.replace("''", "'").into()
    } else {
        inner.into()
    })
}
