//! Labels: rules that turn raw traffic tuples into channels, campaigns and ads.
//!
//! A label is looked up, never stored in a fact: a new version of the rules re-labels history by
//! labelling the dictionary of tuples again, and an old version brings the old labels back.

mod default;
mod rule;

use base::{ChannelId, Traffic};

use crate::ad_name::{AdLevel, AdNames};

pub use default::{ChannelKind, ChannelKindError, DefaultChannel, default_channels, default_rules};
pub use rule::{
    CONDITIONS_PER_RULE_MAX, ChannelRule, Condition, ConditionField, ConditionOp,
    PATTERN_CHARS_MAX, RULES_MAX, RuleError,
};

pub(crate) use rule::glob_matches;

use rule::PreparedRule;

/// What a tuple is called in reports. `None` and empty text are shown as "unknown".
///
/// The parts are the trimmed original text: spellings that differ in letter case stay apart, as
/// the platform reported them; only rules compare without regard to case.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Label {
    /// `None` where no rule matches.
    pub channel: Option<ChannelId>,
    pub source: String,
    pub campaign: String,
    pub ad_group: String,
    pub ad: String,
    pub keyword: String,
}

/// Turns tuples into labels by one version of the rules.
#[derive(Debug, Clone)]
pub struct Labeller {
    rules: Vec<PreparedRule>,
    names: AdNames,
}

impl Labeller {
    /// # Errors
    /// When there are too many rules or conditions, or a pattern is too long.
    pub fn new(rules: &[ChannelRule], names: AdNames) -> Result<Self, RuleError> {
        if rules.len() > RULES_MAX {
            return Err(RuleError::TooManyRules(rules.len()));
        }
        let rules = rules
            .iter()
            .map(PreparedRule::new)
            .collect::<Result<_, _>>()?;
        Ok(Self { rules, names })
    }

    /// The label of a tuple: the channel of the first rule that matches, and the parts by name.
    #[must_use]
    pub fn label(&self, traffic: &Traffic) -> Label {
        let name = |level, text| self.names.name_of(level, &traffic.source, text);
        Label {
            channel: self.channel(traffic),
            source: traffic.source.trim().to_owned(),
            campaign: name(AdLevel::Campaign, &traffic.campaign),
            ad_group: name(AdLevel::AdGroup, &traffic.ad_group),
            ad: name(AdLevel::Ad, &traffic.ad),
            keyword: traffic.keyword.trim().to_owned(),
        }
    }

    /// What entities of ad platforms are called.
    #[must_use]
    pub fn names(&self) -> &AdNames {
        &self.names
    }

    /// The channel of the first rule that matches.
    #[must_use]
    pub fn channel(&self, traffic: &Traffic) -> Option<ChannelId> {
        let folded = rule::FoldedTraffic::new(traffic);
        self.rules
            .iter()
            .find(|rule| rule.matches(&folded))
            .map(|rule| rule.channel)
    }
}

pub(crate) fn folded(text: &str) -> String {
    text.trim().to_lowercase()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn rule(channel: i64, conditions: &[(ConditionField, ConditionOp, &str)]) -> ChannelRule {
        let conditions = conditions
            .iter()
            .map(|(field, op, value)| Condition {
                field: *field,
                op: *op,
                value: (*value).to_owned(),
            })
            .collect();
        ChannelRule {
            channel: ChannelId(channel),
            name: String::new(),
            conditions,
        }
    }

    fn traffic(source: &str, medium: &str, campaign: &str) -> Traffic {
        Traffic {
            source: source.into(),
            medium: medium.into(),
            campaign: campaign.into(),
            ..Traffic::default()
        }
    }

    #[test]
    fn the_first_rule_whose_conditions_all_hold_wins() {
        let rules = [
            rule(
                1,
                &[
                    (ConditionField::Source, ConditionOp::Is, "Google"),
                    (ConditionField::Campaign, ConditionOp::Contains, "brand"),
                ],
            ),
            rule(2, &[(ConditionField::Source, ConditionOp::Is, "google")]),
        ];
        let labeller = Labeller::new(&rules, AdNames::default()).unwrap();
        let channel = |source, campaign| labeller.channel(&traffic(source, "cpc", campaign));
        assert_eq!(channel("GOOGLE", "My Brand"), Some(ChannelId(1)));
        assert_eq!(channel("google", "lenses"), Some(ChannelId(2)));
        assert_eq!(channel("yandex", "brand"), None);
    }

    #[test]
    fn too_many_rules_are_refused() {
        let rules = vec![rule(1, &[]); RULES_MAX + 1];
        let refused = Labeller::new(&rules, AdNames::default()).err();
        assert_eq!(refused, Some(RuleError::TooManyRules(RULES_MAX + 1)));
    }

    proptest! {
        #[test]
        fn every_tuple_gets_one_answer(
            source: String,
            medium: String,
            campaign: String,
            value: String,
        ) {
            use ConditionOp::{Contains, Is, IsNot, Matches, StartsWith};
            let tuple = traffic(&source, &medium, &campaign);
            for op in [Is, IsNot, Contains, StartsWith, Matches] {
                let rules = [rule(1, &[(ConditionField::Campaign, op, &value)])];
                if let Ok(labeller) = Labeller::new(&rules, AdNames::default()) {
                    let label = labeller.label(&tuple);
                    prop_assert_eq!(label.channel, labeller.channel(&tuple));
                    prop_assert_eq!(label.campaign, campaign.trim());
                }
            }
        }
    }
}
