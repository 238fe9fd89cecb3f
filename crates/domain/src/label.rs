//! Labels: rules that turn raw traffic tuples into channels, campaigns and ads.
//!
//! A label is looked up, never stored in a fact: a new version of the rules re-labels history by
//! labelling the dictionary of tuples again, and an old version brings the old labels back.

mod default;
mod rule;

use std::collections::HashMap;

use base::{ChannelId, Traffic};

pub use default::{ChannelKind, ChannelKindError, DefaultChannel, default_channels, default_rules};
pub use rule::{
    CONDITIONS_PER_RULE_MAX, ChannelRule, Condition, ConditionField, ConditionOp,
    PATTERN_CHARS_MAX, RULES_MAX, RuleError,
};

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

/// Names that the platforms gave to their ids, as the cost imports report them.
///
/// A visit may be tagged with `{campaign_id}` while the costs carry names, or the other way round.
#[derive(Debug, Clone, Default)]
pub struct AdNames(HashMap<(String, String), String>);

/// Turns tuples into labels by one version of the rules.
#[derive(Debug, Clone)]
pub struct Labeller {
    rules: Vec<PreparedRule>,
    names: AdNames,
}

impl AdNames {
    /// Learns the name of an id of a traffic source; a later name replaces an earlier one.
    pub fn insert(&mut self, source: &str, id: &str, name: &str) {
        let (id, name) = (id.trim(), name.trim());
        if !id.is_empty() && !name.is_empty() {
            self.0
                .insert((folded(source), id.to_owned()), name.to_owned());
        }
    }

    /// The name of an id, or the text itself where it is no known id.
    fn name_of(&self, source: &str, text: &str) -> String {
        let text = text.trim();
        // Ids are digits on every platform; a name made of digits is no loss.
        if text.is_empty() || self.0.is_empty() || !text.bytes().all(|b| b.is_ascii_digit()) {
            return text.to_owned();
        }
        let key = (source.to_owned(), text.to_owned());
        self.0.get(&key).cloned().unwrap_or(key.1)
    }
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
        let source = folded(&traffic.source);
        Label {
            channel: self.channel(traffic),
            source: traffic.source.trim().to_owned(),
            campaign: self.names.name_of(&source, &traffic.campaign),
            ad_group: self.names.name_of(&source, &traffic.ad_group),
            ad: self.names.name_of(&source, &traffic.ad),
            keyword: traffic.keyword.trim().to_owned(),
        }
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

fn folded(text: &str) -> String {
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
    fn ids_are_shown_by_the_names_of_their_own_platform() {
        let mut names = AdNames::default();
        names.insert("google", "123", "Sunglasses");
        let labeller = Labeller::new(&[], names).unwrap();
        assert_eq!(
            labeller.label(&traffic("Google", "", "123")).campaign,
            "Sunglasses"
        );
        assert_eq!(
            labeller.label(&traffic("yandex", "", "123")).campaign,
            "123"
        );
        assert_eq!(
            labeller.label(&traffic("google", "", " lenses ")).campaign,
            "lenses"
        );
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
