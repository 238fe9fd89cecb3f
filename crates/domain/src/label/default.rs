//! The channels and rules that a fresh workspace starts with.

use std::str::FromStr;

use base::ChannelId;
use serde::{Deserialize, Serialize};

use super::{ChannelRule, Condition, ConditionField, ConditionOp};

/// What sort of traffic a channel holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChannelKind {
    Search,
    Social,
    Display,
    Email,
    Affiliate,
    Seo,
    Referral,
    Direct,
    Offline,
    Other,
}

/// No kind has this name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a kind of channel such as search, social or offline")]
pub struct ChannelKindError(pub String);

/// A channel of the starting tree. A parent always comes before its children.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DefaultChannel {
    /// Names the channel while the tree is being made.
    pub key: &'static str,
    pub parent: Option<&'static str>,
    /// Titles in English, Russian and Polish.
    pub titles: [&'static str; 3],
    pub kind: ChannelKind,
    /// Index into the palette: ten colours, and from 10 on the same ones as rings.
    pub colour: u8,
}

impl ChannelKind {
    pub const ALL: [Self; 10] = [
        Self::Search,
        Self::Social,
        Self::Display,
        Self::Email,
        Self::Affiliate,
        Self::Seo,
        Self::Referral,
        Self::Direct,
        Self::Offline,
        Self::Other,
    ];

    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Search => "search",
            Self::Social => "social",
            Self::Display => "display",
            Self::Email => "email",
            Self::Affiliate => "affiliate",
            Self::Seo => "seo",
            Self::Referral => "referral",
            Self::Direct => "direct",
            Self::Offline => "offline",
            Self::Other => "other",
        }
    }
}

impl FromStr for ChannelKind {
    type Err = ChannelKindError;

    fn from_str(name: &str) -> Result<Self, ChannelKindError> {
        Self::ALL
            .into_iter()
            .find(|kind| kind.name() == name)
            .ok_or_else(|| ChannelKindError(name.to_owned()))
    }
}

/// The starting tree, in the order it is shown.
#[must_use]
pub fn default_channels() -> &'static [DefaultChannel] {
    CHANNELS
}

/// The starting rules, for those channels that `id_of` knows by their key.
///
/// Explicit media come first, because a platform's default channel cannot know what a shop calls
/// its own leaflets; then the default channel decides.
pub fn default_rules(id_of: impl Fn(&str) -> Option<ChannelId>) -> Vec<ChannelRule> {
    RULES
        .iter()
        .filter_map(|(channel, field, op, value)| {
            let title = CHANNELS
                .iter()
                .find(|c| c.key == *channel)
                .map_or("", |c| c.titles[0]);
            Some(ChannelRule {
                channel: id_of(channel)?,
                name: title.to_owned(),
                conditions: vec![Condition {
                    field: *field,
                    op: *op,
                    value: (*value).to_owned(),
                }],
            })
        })
        .collect()
}

const fn channel(
    key: &'static str,
    parent: Option<&'static str>,
    kind: ChannelKind,
    colour: u8,
    titles: [&'static str; 3],
) -> DefaultChannel {
    DefaultChannel {
        key,
        parent,
        titles,
        kind,
        colour,
    }
}

#[rustfmt::skip]
const CHANNELS: &[DefaultChannel] = &[
    channel("search", None, ChannelKind::Search, 0, [
        "Paid search", "Платный поиск",
        "Płatne wyniki wyszukiwania",
    ]),
    channel("shopping", Some("search"), ChannelKind::Search, 0, [
        "Shopping", "Товарные объявления",
        "Reklamy produktowe",
    ]),
    channel("social", None, ChannelKind::Social, 1, [
        "Social", "Соцсети",
        "Media społecznościowe",
    ]),
    channel("paid_social", Some("social"), ChannelKind::Social, 1, [
        "Paid social", "Таргетированная реклама",
        "Płatne media społecznościowe",
    ]),
    channel("organic_social", Some("social"), ChannelKind::Social, 1, [
        "Organic social", "Свои соцсети",
        "Bezpłatne media społecznościowe",
    ]),
    channel("display", None, ChannelKind::Display, 2, [
        "Display and video", "Медийная реклама и видео",
        "Reklama graficzna i wideo",
    ]),
    channel("email", None, ChannelKind::Email, 3, [
        "E-mail and messages", "Почта и сообщения",
        "E-mail i wiadomości",
    ]),
    channel("affiliates", None, ChannelKind::Affiliate, 4, [
        "Affiliates", "Партнёры",
        "Partnerzy",
    ]),
    channel("seo", None, ChannelKind::Seo, 5, [
        "Organic search", "Органический поиск",
        "Bezpłatne wyniki wyszukiwania",
    ]),
    channel("referral", None, ChannelKind::Referral, 6, [
        "Referral", "Ссылки с сайтов",
        "Odesłania",
    ]),
    channel("ai_assistants", None, ChannelKind::Other, 7, [
        "AI assistants", "ИИ-помощники",
        "Asystenci AI",
    ]),
    channel("direct", None, ChannelKind::Direct, 8, [
        "Direct", "Прямые заходы",
        "Wejścia bezpośrednie",
    ]),
    channel("offline", None, ChannelKind::Offline, 9, [
        "Offline", "Офлайн",
        "Offline",
    ]),
    channel("other_paid", None, ChannelKind::Other, 19, [
        "Other advertising", "Другая реклама",
        "Inna reklama",
    ]),
];

/// Channel, field, comparison, value: the first line that matches wins.
#[rustfmt::skip]
const RULES: &[(&str, ConditionField, ConditionOp, &str)] = &[
    ("offline", ConditionField::Medium, ConditionOp::Is, "offline"),
    ("offline", ConditionField::Medium, ConditionOp::Is, "print"),
    ("offline", ConditionField::Medium, ConditionOp::Is, "outdoor"),
    ("offline", ConditionField::Medium, ConditionOp::Is, "radio"),
    ("offline", ConditionField::Medium, ConditionOp::Is, "tv"),
    ("offline", ConditionField::Medium, ConditionOp::Is, "qr"),
    ("offline", ConditionField::Medium, ConditionOp::Is, "event"),
    ("seo", ConditionField::Medium, ConditionOp::Is, "seo"),
    ("shopping", ConditionField::DefaultChannel, ConditionOp::Is, "paid_shopping"),
    ("search", ConditionField::DefaultChannel, ConditionOp::Is, "paid_search"),
    ("search", ConditionField::DefaultChannel, ConditionOp::Is, "cross_network"),
    ("paid_social", ConditionField::DefaultChannel, ConditionOp::Is, "paid_social"),
    ("display", ConditionField::DefaultChannel, ConditionOp::Is, "display"),
    ("display", ConditionField::DefaultChannel, ConditionOp::Is, "paid_video"),
    ("display", ConditionField::DefaultChannel, ConditionOp::Is, "audio"),
    ("email", ConditionField::DefaultChannel, ConditionOp::Is, "email"),
    ("email", ConditionField::DefaultChannel, ConditionOp::Is, "sms"),
    ("email", ConditionField::DefaultChannel, ConditionOp::StartsWith, "mobile_push"),
    ("affiliates", ConditionField::DefaultChannel, ConditionOp::StartsWith, "affiliate"),
    ("seo", ConditionField::DefaultChannel, ConditionOp::Is, "organic_search"),
    ("seo", ConditionField::DefaultChannel, ConditionOp::Is, "organic_shopping"),
    ("organic_social", ConditionField::DefaultChannel, ConditionOp::Is, "organic_social"),
    ("organic_social", ConditionField::DefaultChannel, ConditionOp::Is, "organic_video"),
    ("ai_assistants", ConditionField::DefaultChannel, ConditionOp::StartsWith, "ai_assistant"),
    ("referral", ConditionField::DefaultChannel, ConditionOp::Is, "referral"),
    ("other_paid", ConditionField::DefaultChannel, ConditionOp::Is, "paid_other"),
    ("direct", ConditionField::DefaultChannel, ConditionOp::Is, "direct"),
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use base::Traffic;

    use super::*;
    use crate::label::{AdNames, Labeller};

    fn id_of(key: &str) -> Option<ChannelId> {
        let at = CHANNELS.iter().position(|channel| channel.key == key)?;
        i64::try_from(at).ok().map(ChannelId)
    }

    fn check(medium: &str, default_channel: &str, want: Option<&str>) {
        let labeller = Labeller::new(&default_rules(id_of), AdNames::default()).unwrap();
        let traffic = Traffic {
            medium: medium.into(),
            default_channel: default_channel.into(),
            ..Traffic::default()
        };
        assert_eq!(
            labeller.channel(&traffic),
            want.and_then(id_of),
            "{medium} {default_channel}"
        );
    }

    #[test]
    fn the_starting_rules_know_the_usual_traffic() {
        check("cpc", "paid_search", Some("search"));
        check("organic", "organic_search", Some("seo"));
        check("outdoor", "unassigned", Some("offline"));
        check("", "direct", Some("direct"));
        check("", "ai_assistant", Some("ai_assistants"));
        check("", "unassigned", None);
    }

    #[test]
    fn every_rule_has_its_channel_and_every_parent_comes_first() {
        assert_eq!(default_rules(id_of).len(), RULES.len());
        for (index, channel) in CHANNELS.iter().enumerate() {
            let parent = channel.parent.map(id_of);
            assert!(parent.is_none_or(|id| id.unwrap().0 < i64::try_from(index).unwrap()));
            assert!(channel.colour < 20);
        }
        let top = || CHANNELS.iter().filter(|channel| channel.parent.is_none());
        let marks: BTreeSet<u8> = top().map(|channel| channel.colour).collect();
        assert_eq!(marks.len(), top().count(), "two top channels share a mark");
        assert!(default_rules(|_| None).is_empty());
    }
}
