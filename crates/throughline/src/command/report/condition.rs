//! A condition on a dimension as it is typed.

use anyhow::Context as _;
use reports::FilterOperator;
use serde::Serialize;

/// As a question to the report has it.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(super) struct Condition {
    pub(super) dimension: String,
    op: FilterOperator,
    values: Vec<String>,
}

impl Condition {
    /// # Errors
    /// When there is no sign of comparison after the name of the dimension.
    pub(super) fn parse(text: &str) -> anyhow::Result<Self> {
        let at = text.find(['=', '!', '~', '^']);
        let (dimension, rest) = at
            .map(|at| text.split_at(at))
            .with_context(|| format!("{text:?} is no condition such as campaign=spring"))?;
        let signs = [
            ("!=", FilterOperator::IsNot),
            ("=", FilterOperator::Is),
            ("~", FilterOperator::Contains),
            ("^", FilterOperator::StartsWith),
        ];
        let found = signs.into_iter().find_map(|(sign, op)| {
            let values = rest.strip_prefix(sign)?;
            Some((op, values))
        });
        let (op, values) = found.with_context(|| format!("{text:?}: compare by =, !=, ~ or ^"))?;
        let op = match (op, values.is_empty()) {
            (FilterOperator::Is, true) => FilterOperator::IsUnknown,
            (FilterOperator::IsNot, true) => FilterOperator::IsKnown,
            (op, _) => op,
        };
        let values = values.split(',').filter(|value| !value.is_empty());
        Ok(Self {
            dimension: dimension.trim().to_owned(),
            op,
            values: values.map(str::to_owned).collect(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conditions_are_read_as_they_are_typed() {
        let read = |text: &str| {
            let condition = Condition::parse(text).unwrap();
            (
                condition.dimension,
                condition.op,
                condition.values.join("|"),
            )
        };
        for (text, dimension, op, values) in [
            ("campaign=a,b", "campaign", FilterOperator::Is, "a|b"),
            ("campaign!=a=b", "campaign", FilterOperator::IsNot, "a=b"),
            ("page~/sale", "page", FilterOperator::Contains, "/sale"),
            ("page^/", "page", FilterOperator::StartsWith, "/"),
            ("channel=", "channel", FilterOperator::IsUnknown, ""),
            ("channel!=", "channel", FilterOperator::IsKnown, ""),
        ] {
            let wanted = (dimension.to_owned(), op, values.to_owned());
            assert_eq!(read(text), wanted, "{text}");
        }
        assert!(Condition::parse("campaign").is_err());
        assert!(Condition::parse("campaign!spring").is_err());
    }
}
