//! Machines that name themselves: a maintained list of crawlers, and words that only tools use.

use std::sync::LazyLock;

use regex::RegexSet;

/// Patterns of the crawler list, one a line.
const CRAWLERS: &str = include_str!(concat!(env!("OUT_DIR"), "/crawlers.txt"));

/// Words in lower case that no person's browser has in its user agent.
const TOOL_WORDS: &[&str] = &[
    "crawler",
    "spider",
    "curl/",
    "wget/",
    "python-",
    "python/",
    "aiohttp",
    "httpx/",
    "scrapy",
    "go-http-client",
    "headless",
    "lighthouse",
    "phantomjs",
    "puppeteer",
    "playwright",
    "selenium",
    "okhttp",
    "java/",
    "axios/",
    "node-fetch",
    "undici",
    "libwww",
    "httpclient",
    "http_request",
    "postmanruntime",
    "insomnia/",
    "guzzle",
    "php/",
    "ruby",
    "perl",
    "winhttp",
    "powershell",
    "dart:io",
    "reqwest",
    "hyper/",
    "apachebench",
    "jmeter",
    "k6/",
    "wrk/",
    "uptime",
    "pingdom",
    "statuscake",
    "site24x7",
    "monitoring",
    "externalhit",
    "feedfetcher",
    "feedparser",
    "validator",
    "scanner",
    "nmap",
    "masscan",
    "zgrab",
    "nikto",
    "sqlmap",
    "bingpreview",
    "linkpreview",
    "archiver",
    "http://",
    "https://",
];

static PATTERNS: LazyLock<Patterns> = LazyLock::new(|| Patterns::parse(CRAWLERS));

struct Patterns {
    /// Most patterns are plain text, which is far cheaper to look for.
    plain: Vec<String>,
    regexes: RegexSet,
}

pub(super) fn is_bot(user_agent: &str) -> bool {
    let lower = user_agent.to_lowercase();
    TOOL_WORDS.iter().any(|word| lower.contains(word))
        || names_bot(&lower)
        || PATTERNS
            .plain
            .iter()
            .any(|word| user_agent.contains(word.as_str()))
        || PATTERNS.regexes.is_match(user_agent)
}

/// A word that ends in "bot". Cubot is a maker of phones.
fn names_bot(lower: &str) -> bool {
    lower.match_indices("bot").any(|(at, word)| {
        let after = lower[at + word.len()..].chars().next();
        let ends = after.is_none_or(|letter| !letter.is_alphanumeric() && letter != '_');
        ends && !lower[..at].ends_with("cu")
    })
}

impl Patterns {
    fn parse(list: &str) -> Self {
        let mut plain = Vec::new();
        let mut regexes = Vec::new();
        for pattern in list.lines().filter(|line| !line.is_empty()) {
            match literal(pattern) {
                Some(text) => plain.push(text),
                None => regexes.push(pattern),
            }
        }
        // One pattern that this engine cannot read must not take the others with it.
        regexes.retain(|pattern| regex::Regex::new(pattern).is_ok());
        let regexes = RegexSet::new(&regexes).unwrap_or_else(|error| {
            tracing::error!(%error, "crawler patterns could not be compiled");
            RegexSet::empty()
        });
        Self { plain, regexes }
    }
}

/// The text that a pattern without operators stands for.
fn literal(pattern: &str) -> Option<String> {
    let mut text = String::with_capacity(pattern.len());
    let mut letters = pattern.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '\\' => text.push(letters.next().filter(|next| !next.is_alphanumeric())?),
            '^' | '$' | '.' | '*' | '+' | '?' | '(' | ')' | '[' | ']' | '{' | '}' | '|' => {
                return None;
            }
            other => text.push(other),
        }
    }
    Some(text)
}
