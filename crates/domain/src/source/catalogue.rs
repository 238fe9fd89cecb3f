//! Known sources: which hosts and spellings mean which source, and what kind of place it is.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::without_www;

/// What kind of place a source is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Category {
    Search,
    Social,
    Shopping,
    Video,
    /// An AI assistant.
    Assistant,
    Email,
}

/// A source that the catalogue names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KnownSource {
    /// The one spelling, in lower case.
    pub name: &'static str,
    pub category: Option<Category>,
    /// The spelling names an advertising account, so its traffic is paid.
    pub ads: bool,
}

/// Longest host or tag that is looked up; nothing in the catalogue is longer.
const KEY_BYTES_MAX: usize = 64;
const DATA: &str = include_str!("sources.txt");
static CATALOGUE: LazyLock<Catalogue> = LazyLock::new(|| Catalogue::parse(DATA));

#[derive(Default)]
struct Catalogue {
    /// Spellings and hosts.
    exact: HashMap<&'static str, KnownSource>,
    /// Names that stand under any public ending, such as `google` of `google.*`.
    any_ending: HashMap<&'static str, KnownSource>,
}

/// The source that a tag or a host means; `None` for a stranger. Ignores case and `www.`.
#[must_use]
pub fn find_source(tag_or_host: &str) -> Option<KnownSource> {
    let mut buffer = [0_u8; KEY_BYTES_MAX];
    let lower = buffer.get_mut(..tag_or_host.len())?;
    lower.copy_from_slice(tag_or_host.as_bytes());
    lower.make_ascii_lowercase();
    CATALOGUE.find(std::str::from_utf8(lower).ok()?)
}

impl Catalogue {
    fn parse(data: &'static str) -> Self {
        let mut catalogue = Self::default();
        let lines = data
            .lines()
            .filter(|line| !line.is_empty() && !line.starts_with('#'));
        for line in lines {
            catalogue.add_line(line);
        }
        catalogue
    }

    fn add_line(&mut self, line: &'static str) {
        let mut words = line.split_whitespace();
        let (Some(category), Some(name)) = (words.next(), words.next()) else {
            return;
        };
        let plain = KnownSource {
            name,
            category: category_of(category),
            ads: false,
        };
        self.exact.entry(name).or_insert(plain);
        for word in words {
            if let Some(stem) = word.strip_suffix(".*") {
                self.any_ending.insert(stem, plain);
            } else if let Some(spelling) = word.strip_prefix('$') {
                self.exact
                    .insert(spelling, KnownSource { ads: true, ..plain });
            } else {
                self.exact.insert(word, plain);
            }
        }
    }

    /// Tries the whole, then without one label after another from the left, so that the longest
    /// match wins and a host that merely ends alike never matches.
    fn find(&self, key: &str) -> Option<KnownSource> {
        let mut rest = without_www(key);
        loop {
            if let Some(found) = self.exact.get(rest) {
                return Some(*found);
            }
            let (label, ending) = rest.split_once('.')?;
            if let Some(found) = self
                .any_ending
                .get(label)
                .filter(|_| is_public_ending(ending))
            {
                return Some(*found);
            }
            rest = ending;
        }
    }
}

fn category_of(word: &str) -> Option<Category> {
    match word {
        "search" => Some(Category::Search),
        "social" => Some(Category::Social),
        "shopping" => Some(Category::Shopping),
        "video" => Some(Category::Video),
        "ai" => Some(Category::Assistant),
        "email" => Some(Category::Email),
        _ => None,
    }
}

/// `com`, `pl`, `co.uk`, `com.tr`: what a national site of a world-wide brand ends in.
fn is_public_ending(ending: &str) -> bool {
    let letters = |label: &str| label.bytes().all(|byte| byte.is_ascii_lowercase());
    match ending.split_once('.') {
        None => (2..=4).contains(&ending.len()) && letters(ending),
        Some((second, top)) => {
            matches!(second, "co" | "com" | "org" | "net" | "ne") && top.len() == 2 && letters(top)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, name: Option<&str>) {
        assert_eq!(find_source(text).map(|found| found.name), name, "{text}");
    }

    #[test]
    fn hosts_and_spellings_find_their_source() {
        check("IG", Some("instagram"));
        check("t.co", Some("x"));
        check("ya.ru", Some("yandex"));
        check("yandex.kz", Some("yandex"));
        check("www.google.com.tr", Some("google"));
        check("news.google.pl", Some("google"));
        check("mail.google.com", Some("gmail"));
        check("m.vk.com", Some("vk"));
        check("en.wikipedia.org", Some("wikipedia"));
        check("com.google.android.gm", Some("gmail"));
        check("go.mail.ru", Some("mail.ru"));
    }

    #[test]
    fn lookalikes_do_not_match() {
        check("notwikipedia.org", None);
        check("wikipedia.org.evil.example", None);
        check("google.evil.example", None);
        check("google.com.evil.example", None);
        check("mygoogle.com", None);
        check("", None);
        check(&"x".repeat(500), None);
    }

    #[test]
    fn the_catalogue_is_generous_and_well_formed() {
        let catalogue = Catalogue::parse(DATA);
        assert!(catalogue.exact.len() > 500, "{}", catalogue.exact.len());
        for line in DATA
            .lines()
            .filter(|line| !line.is_empty() && !line.starts_with('#'))
        {
            let mut words = line.split_whitespace();
            let category = words.next().unwrap();
            assert!(
                category == "other" || category_of(category).is_some(),
                "{line}"
            );
            assert!(words.all(|word| word.len() <= KEY_BYTES_MAX && word == word.to_lowercase()));
        }
    }
}
