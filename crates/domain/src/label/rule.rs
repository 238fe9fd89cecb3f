//! One channel rule: conditions on a traffic tuple that must all hold.

use base::{ChannelId, ClickIdKind, Traffic};
use serde::{Deserialize, Serialize};

/// Most rules of a workspace.
pub const RULES_MAX: usize = 1_000;
/// Most conditions of one rule.
pub const CONDITIONS_PER_RULE_MAX: usize = 20;
/// Longest value that a condition compares with.
pub const PATTERN_CHARS_MAX: usize = 500;

/// "Whatever fulfils these conditions belongs to this channel." Without conditions it is all.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChannelRule {
    #[serde(rename = "channel_id")]
    pub channel: ChannelId,
    #[serde(default)]
    pub name: String,
    #[serde(default)]
    pub conditions: Vec<Condition>,
}

/// A comparison of one part of the tuple, without regard to letter case and outer spaces.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Condition {
    pub field: ConditionField,
    pub op: ConditionOp,
    /// Ignored by `is_empty`.
    #[serde(default)]
    pub value: String,
}

/// The part that is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConditionField {
    Source,
    Medium,
    Campaign,
    AdGroup,
    Ad,
    Keyword,
    /// The name of the click id's parameter, e.g. `gclid`.
    ClickId,
    /// Host of an external referrer.
    Referrer,
    DefaultChannel,
}

/// How it is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConditionOp {
    Is,
    IsNot,
    Contains,
    StartsWith,
    /// The whole text against a pattern, in which `*` stands for any text, also none.
    Matches,
    IsEmpty,
}

/// A set of rules that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RuleError {
    #[error("there are at most {RULES_MAX} channel rules, not {0}")]
    TooManyRules(usize),
    #[error("rule {name:?} has {count} conditions; there are at most {CONDITIONS_PER_RULE_MAX}")]
    TooManyConditions { name: String, count: usize },
    #[error("rule {name:?} compares with a text of more than {PATTERN_CHARS_MAX} characters")]
    LongPattern { name: String },
}

/// A rule with its values folded once, because every tuple of the dictionary meets every rule.
#[derive(Debug, Clone)]
pub(super) struct PreparedRule {
    pub(super) channel: ChannelId,
    conditions: Vec<Condition>,
}

/// The parts of a tuple, folded once for all rules.
pub(super) struct FoldedTraffic {
    parts: [String; 9],
}

impl PreparedRule {
    pub(super) fn new(rule: &ChannelRule) -> Result<Self, RuleError> {
        let count = rule.conditions.len();
        if count > CONDITIONS_PER_RULE_MAX {
            return Err(RuleError::TooManyConditions {
                name: rule.name.clone(),
                count,
            });
        }
        let too_long = |c: &Condition| c.value.chars().count() > PATTERN_CHARS_MAX;
        if rule.conditions.iter().any(too_long) {
            return Err(RuleError::LongPattern {
                name: rule.name.clone(),
            });
        }
        let conditions = rule
            .conditions
            .iter()
            .map(|condition| Condition {
                value: super::folded(&condition.value),
                ..*condition
            })
            .collect();
        Ok(Self {
            channel: rule.channel,
            conditions,
        })
    }

    pub(super) fn matches(&self, traffic: &FoldedTraffic) -> bool {
        self.conditions
            .iter()
            .all(|condition| condition.holds(traffic))
    }
}

impl Condition {
    fn holds(&self, traffic: &FoldedTraffic) -> bool {
        let text = traffic.part(self.field);
        let value = self.value.as_str();
        match self.op {
            ConditionOp::Is => text == value,
            ConditionOp::IsNot => text != value,
            ConditionOp::Contains => text.contains(value),
            ConditionOp::StartsWith => text.starts_with(value),
            ConditionOp::Matches => glob_matches(value, text),
            ConditionOp::IsEmpty => text.is_empty(),
        }
    }
}

impl FoldedTraffic {
    pub(super) fn new(traffic: &Traffic) -> Self {
        let parts = [
            traffic.source.as_str(),
            &traffic.medium,
            &traffic.campaign,
            &traffic.ad_group,
            &traffic.ad,
            &traffic.keyword,
            traffic.click_id.map_or("", ClickIdKind::name),
            &traffic.referrer,
            &traffic.default_channel,
        ];
        Self {
            parts: parts.map(super::folded),
        }
    }

    fn part(&self, field: ConditionField) -> &str {
        let index = match field {
            ConditionField::Source => 0,
            ConditionField::Medium => 1,
            ConditionField::Campaign => 2,
            ConditionField::AdGroup => 3,
            ConditionField::Ad => 4,
            ConditionField::Keyword => 5,
            ConditionField::ClickId => 6,
            ConditionField::Referrer => 7,
            ConditionField::DefaultChannel => 8,
        };
        &self.parts[index]
    }
}

/// Each piece between stars is taken at its first place, which is enough: a later place leaves
/// less text for the pieces after it. So the work is linear in text times pattern at worst.
pub(crate) fn glob_matches(pattern: &str, text: &str) -> bool {
    let Some((head, rest)) = pattern.split_once('*') else {
        return pattern == text;
    };
    let Some(mut left) = text.strip_prefix(head) else {
        return false;
    };
    let (middle, tail) = rest.rsplit_once('*').unwrap_or(("", rest));
    for piece in middle.split('*').filter(|piece| !piece.is_empty()) {
        match left.find(piece) {
            Some(at) => left = &left[at + piece.len()..],
            None => return false,
        }
    }
    left.ends_with(tail)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn check_glob(pattern: &str, text: &str, want: bool) {
        assert_eq!(glob_matches(pattern, text), want, "{pattern} on {text}");
    }

    #[test]
    fn a_star_stands_for_any_text() {
        check_glob("brand*", "brand_search", true);
        check_glob("*brand", "my_brand", true);
        check_glob("*a*b*", "xxaxxbxx", true);
        check_glob("*a*b*", "xxbxxaxx", false);
        check_glob("a*a", "a", false);
        check_glob("a*b*b", "ab", false);
        check_glob("*", "", true);
        check_glob("", "", true);
        check_glob("plain", "plain", true);
        check_glob("plain", "plainer", false);
    }

    #[test]
    fn an_absent_part_is_empty_and_is_not_the_value() {
        let traffic = FoldedTraffic::new(&Traffic::direct());
        let holds = |op, value: &str| {
            Condition {
                field: ConditionField::Source,
                op,
                value: value.into(),
            }
            .holds(&traffic)
        };
        assert!(holds(ConditionOp::IsEmpty, ""));
        assert!(holds(ConditionOp::IsNot, "google"));
        assert!(!holds(ConditionOp::Is, "google"));
    }

    #[test]
    fn a_click_id_is_compared_by_its_parameter() {
        let tuple = Traffic {
            click_id: Some(ClickIdKind::Gclid),
            ..Traffic::default()
        };
        let condition = Condition {
            field: ConditionField::ClickId,
            op: ConditionOp::Is,
            value: "gclid".into(),
        };
        assert!(condition.holds(&FoldedTraffic::new(&tuple)));
    }

    proptest! {
        #[test]
        fn a_text_with_parts_replaced_by_stars_matches(
            parts in prop::collection::vec("[a-c]{0,3}", 1..6),
        ) {
            prop_assert!(glob_matches(&parts.join("*"), &parts.concat()));
            prop_assert!(glob_matches(&parts.join("*"), &parts.join("xyz")));
        }
    }
}
