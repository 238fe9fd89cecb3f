//! The tags and click ids in a query: first occurrence wins, values are cleaned and capped.

use std::borrow::Cow;

use base::ClickIdKind;

/// Longest stored tag value.
pub const VALUE_BYTES_MAX: usize = 500;
/// Longest stored click id.
pub const CLICK_ID_BYTES_MAX: usize = 512;
/// Parameters of a query that are looked at.
pub const QUERY_PARAMETERS_MAX: usize = 100;
/// Longer parameter names are none of ours.
const NAME_BYTES_MAX: usize = 24;

/// Tags as they were given; empty text where a tag is missing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LandingTags<'a> {
    pub source: Cow<'a, str>,
    pub medium: Cow<'a, str>,
    pub campaign: Cow<'a, str>,
    pub ad_group: Cow<'a, str>,
    pub ad: Cow<'a, str>,
    pub keyword: Cow<'a, str>,
    pub click_ids: Vec<(ClickIdKind, String)>,
    /// The search engine that marks its unpaid results, by `ysclid` or `srsltid`.
    pub organic_source: Option<&'static str>,
}

/// What a parameter name means. Lower rank wins among names of the same tag.
#[derive(Clone, Copy)]
enum Meaning {
    Source { rank: u8 },
    Medium { rank: u8 },
    Campaign { rank: u8 },
    AdGroup { rank: u8 },
    Ad { rank: u8 },
    Keyword { rank: u8 },
    ClickId(ClickIdKind),
    Organic(&'static str),
}

impl<'a> LandingTags<'a> {
    /// Reads a percent-encoded query; at most [`QUERY_PARAMETERS_MAX`] parameters.
    #[must_use]
    pub fn parse(query: &'a str) -> Self {
        let mut tags = Self::default();
        let mut ranks = [u8::MAX; 6];
        if query.is_empty() {
            return tags;
        }
        let pairs = url::form_urlencoded::parse(query.as_bytes());
        for (name, value) in pairs.take(QUERY_PARAMETERS_MAX) {
            if let Some(meaning) = meaning(&name) {
                tags.put(meaning, value, &mut ranks);
            }
        }
        tags
    }

    /// No tag, no click id.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.click_ids.is_empty() && self.has_click_ids_at_most()
    }

    /// Nothing was said by whoever placed the address; click ids are added by platforms.
    #[must_use]
    pub fn has_click_ids_at_most(&self) -> bool {
        [
            &self.source,
            &self.medium,
            &self.campaign,
            &self.ad_group,
            &self.ad,
            &self.keyword,
        ]
        .iter()
        .all(|value| value.is_empty())
            && self.organic_source.is_none()
    }

    fn put(&mut self, meaning: Meaning, value: Cow<'a, str>, ranks: &mut [u8; 6]) {
        let (slot, seen, rank) = match meaning {
            Meaning::Source { rank } => (&mut self.source, &mut ranks[0], rank),
            Meaning::Medium { rank } => (&mut self.medium, &mut ranks[1], rank),
            Meaning::Campaign { rank } => (&mut self.campaign, &mut ranks[2], rank),
            Meaning::AdGroup { rank } => (&mut self.ad_group, &mut ranks[3], rank),
            Meaning::Ad { rank } => (&mut self.ad, &mut ranks[4], rank),
            Meaning::Keyword { rank } => (&mut self.keyword, &mut ranks[5], rank),
            Meaning::Organic(source) => {
                self.organic_source.get_or_insert(source);
                return;
            }
            Meaning::ClickId(kind) => {
                let value = clean(value, CLICK_ID_BYTES_MAX);
                if !value.is_empty() && self.click_ids.iter().all(|(other, _)| *other != kind) {
                    self.click_ids.push((kind, value.into_owned()));
                }
                return;
            }
        };
        if rank < *seen {
            let value = clean(value, VALUE_BYTES_MAX);
            if !value.is_empty() {
                *seen = rank;
                *slot = value;
            }
        }
    }
}

/// Trims, removes control characters and caps at `bytes_max` on a character's border.
#[must_use]
pub fn clean(value: Cow<'_, str>, bytes_max: usize) -> Cow<'_, str> {
    let dirty = value.chars().any(char::is_control);
    let value = if dirty {
        Cow::Owned(
            value
                .chars()
                .filter(|letter| !letter.is_control())
                .collect(),
        )
    } else {
        value
    };
    let trimmed = match value {
        Cow::Borrowed(text) => Cow::Borrowed(text.trim()),
        Cow::Owned(text) if text.trim().len() == text.len() => Cow::Owned(text),
        Cow::Owned(text) => Cow::Owned(text.trim().to_owned()),
    };
    cap(trimmed, bytes_max)
}

/// Cuts at the last character border at or before `bytes_max`.
pub(super) fn cap(value: Cow<'_, str>, bytes_max: usize) -> Cow<'_, str> {
    if value.len() <= bytes_max {
        return value;
    }
    let end = value.floor_char_boundary(bytes_max);
    match value {
        Cow::Borrowed(text) => Cow::Borrowed(text[..end].trim_end()),
        Cow::Owned(mut text) => {
            text.truncate(text[..end].trim_end().len());
            Cow::Owned(text)
        }
    }
}

fn meaning(name: &str) -> Option<Meaning> {
    let mut buffer = [0_u8; NAME_BYTES_MAX];
    let lower = buffer.get_mut(..name.len())?;
    lower.copy_from_slice(name.as_bytes());
    lower.make_ascii_lowercase();
    Some(match std::str::from_utf8(lower).ok()? {
        "utm_source" => Meaning::Source { rank: 0 },
        "source" => Meaning::Source { rank: 1 },
        "ref" => Meaning::Source { rank: 2 },
        "utm_medium" => Meaning::Medium { rank: 0 },
        "medium" => Meaning::Medium { rank: 1 },
        "utm_campaign" => Meaning::Campaign { rank: 0 },
        "campaign" => Meaning::Campaign { rank: 1 },
        "utm_group" => Meaning::AdGroup { rank: 0 },
        "utm_adgroup" => Meaning::AdGroup { rank: 1 },
        "adgroup" => Meaning::AdGroup { rank: 2 },
        "utm_content" => Meaning::Ad { rank: 0 },
        "utm_term" => Meaning::Keyword { rank: 0 },
        "ysclid" => Meaning::Organic("yandex"),
        "srsltid" => Meaning::Organic("google"),
        other => Meaning::ClickId(click_id_kind(other)?),
    })
}

fn click_id_kind(name: &str) -> Option<ClickIdKind> {
    Some(match name {
        "gclid" => ClickIdKind::Gclid,
        "gbraid" => ClickIdKind::Gbraid,
        "wbraid" => ClickIdKind::Wbraid,
        "dclid" => ClickIdKind::Dclid,
        "yclid" => ClickIdKind::Yclid,
        "fbclid" => ClickIdKind::Fbclid,
        "msclkid" => ClickIdKind::Msclkid,
        "ttclid" => ClickIdKind::Ttclid,
        "li_fat_id" => ClickIdKind::LinkedIn,
        "twclid" => ClickIdKind::Twitter,
        "rb_clickid" | "vkclid" => ClickIdKind::Vk,
        "sccid" => ClickIdKind::Snapchat,
        "epik" => ClickIdKind::Pinterest,
        "rdt_cid" => ClickIdKind::Reddit,
        "tblci" => ClickIdKind::Taboola,
        "ob_click_id" | "dicbo" => ClickIdKind::Outbrain,
        "irclickid" => ClickIdKind::Impact,
        "awc" => ClickIdKind::Awin,
        "cjevent" => ClickIdKind::CommissionJunction,
        "mc_cid" => ClickIdKind::Mailchimp,
        "_kx" => ClickIdKind::Klaviyo,
        "qclid" => ClickIdKind::Quora,
        "click_id" | "clickid" | "aff_id" => ClickIdKind::Other,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_first_occurrence_wins() {
        let tags = LandingTags::parse("utm_source=a&utm_source=b&gclid=1&gclid=2");
        assert_eq!(tags.source, "a");
        assert_eq!(tags.click_ids, [(ClickIdKind::Gclid, "1".to_owned())]);
    }

    #[test]
    fn a_utm_tag_beats_its_short_form_in_any_order() {
        let tags = LandingTags::parse("ref=c&source=b&utm_source=a&adgroup=y&utm_group=x");
        assert_eq!((tags.source.as_ref(), tags.ad_group.as_ref()), ("a", "x"));
    }

    #[test]
    fn values_are_trimmed_stripped_and_capped_on_a_character() {
        let long = "ж".repeat(600);
        let query = format!("utm_campaign=%20a%00b%0a%20&utm_term={long}");
        let tags = LandingTags::parse(&query);
        assert_eq!(tags.campaign, "ab");
        assert_eq!(tags.keyword.len(), 500);
    }

    #[test]
    fn an_empty_tag_leaves_room_for_the_next_name() {
        assert_eq!(LandingTags::parse("utm_source=&ref=news").source, "news");
    }

    proptest! {
        #[test]
        fn no_query_panics(query: String) {
            let tags = LandingTags::parse(&query);
            prop_assert!(tags.source.len() <= VALUE_BYTES_MAX);
            prop_assert!(!tags.source.chars().any(char::is_control));
        }

        #[test]
        fn cleaning_is_idempotent(text: String, max in 0_usize..40) {
            let once = clean(Cow::Borrowed(&text), max).into_owned();
            prop_assert_eq!(clean(Cow::Borrowed(&once), max), once.as_str());
        }
    }
}
