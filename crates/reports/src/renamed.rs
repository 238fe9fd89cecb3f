//! Campaigns, ad groups and ads that had other names before: a filter finds them by those, and a
//! row tells them.

use base::Day;
use serde::Serialize;
use utoipa::ToSchema;

use crate::context::ReportContext;
use crate::request::FilterOperator;
use crate::resolve::{Resolved, ResolvedFilter};

/// An entity that is shown by its newest name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RenamedEntity {
    /// The dimension's key: what is named.
    pub dimension: &'static str,
    /// In lower case.
    pub source: String,
    pub name: String,
    /// Newest first.
    pub formerly: Vec<Formerly>,
}

/// A name that an entity had before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Formerly {
    pub name: String,
    pub until: Day,
    /// Whether it means this entity alone: then a filter that wants it exactly finds the entity.
    pub is_free: bool,
}

/// A name that the value had before, and the last day that it was seen with it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct FormerName {
    pub name: String,
    #[schema(example = "2026-03-03")]
    pub until: String,
}

/// What a filter finds by a former name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FoundRenamed {
    pub(crate) source: String,
    pub(crate) name: String,
}

/// What the filter finds besides what its values say.
pub(crate) fn found_by(
    context: &ReportContext,
    dimension: &str,
    operator: FilterOperator,
    values: &[String],
) -> Vec<FoundRenamed> {
    let of_dimension = context.renamed.iter().filter(|e| e.dimension == dimension);
    let fits = |former: &Formerly| {
        values.iter().any(|value| {
            let (name, value) = (former.name.to_lowercase(), value.to_lowercase());
            match operator {
                FilterOperator::Is | FilterOperator::IsNot => {
                    former.is_free && values.contains(&former.name)
                }
                FilterOperator::Contains => name.contains(&value),
                FilterOperator::StartsWith => name.starts_with(&value),
                FilterOperator::IsAlike => {
                    former.is_free && name.trim_end_matches('/') == value.trim_end_matches('/')
                }
                FilterOperator::IsUnknown | FilterOperator::IsKnown => false,
            }
        })
    };
    of_dimension
        .filter(|entity| entity.formerly.iter().any(fits))
        .map(|entity| FoundRenamed {
            source: entity.source.clone(),
            name: entity.name.clone(),
        })
        .collect()
}

/// What a value of a row was called before, newest first. Of values of several sources that are
/// called alike now, those of the source that the row or a filter names.
pub(crate) fn former_names(
    resolved: &Resolved,
    context: &ReportContext,
    dimension: &str,
    value: &str,
    row_source: Option<&str>,
) -> Vec<FormerName> {
    if context.renamed.is_empty() {
        return Vec::new();
    }
    let row_source = row_source.map(str::to_lowercase);
    let is_asked = |entity: &&RenamedEntity| match &row_source {
        Some(source) => entity.source == *source,
        None => resolved
            .filters
            .iter()
            .all(|filter| lets_in(filter, &entity.source)),
    };
    let called = |entity: &&RenamedEntity| entity.dimension == dimension && entity.name == value;
    let mut formerly: Vec<&Formerly> = context
        .renamed
        .iter()
        .filter(called)
        .filter(is_asked)
        .flat_map(|entity| &entity.formerly)
        .collect();
    formerly.sort_by(|left, right| {
        let order = right.until.cmp(&left.until);
        order.then_with(|| left.name.cmp(&right.name))
    });
    formerly.dedup_by(|right, left| right.name == left.name);
    let told = |former: &Formerly| FormerName {
        name: former.name.clone(),
        until: former.until.to_string(),
    };
    formerly.into_iter().map(told).collect()
}

/// Whether a filter that wants certain sources wants this one.
fn lets_in(filter: &ResolvedFilter, source: &str) -> bool {
    let is_choice = filter.dimension.key == "source" && filter.operator == FilterOperator::Is;
    let mut values = filter.values.iter();
    !is_choice || values.any(|value| value.to_lowercase() == source)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(operator: FilterOperator, value: &str, is_free: bool, found: bool) {
        let context = ReportContext {
            renamed: vec![RenamedEntity {
                dimension: "campaign",
                source: "google".to_owned(),
                name: "New".to_owned(),
                formerly: vec![Formerly {
                    name: "Old Brand".to_owned(),
                    until: Day(9),
                    is_free,
                }],
            }],
            ..ReportContext::of_tests()
        };
        let values = [value.to_owned()];
        let of = |dimension| found_by(&context, dimension, operator, &values);
        assert_eq!(!of("campaign").is_empty(), found, "{operator:?} {value}");
        assert_eq!(of("ad"), []);
    }

    #[test]
    fn a_former_name_finds_what_it_means_alone_and_a_part_of_it_whatever_had_it() {
        check(FilterOperator::Is, "Old Brand", true, true);
        check(FilterOperator::Is, "Old Brand", false, false);
        check(FilterOperator::Is, "old brand", true, false);
        check(FilterOperator::IsNot, "Old Brand", true, true);
        check(FilterOperator::Contains, "BRAND", false, true);
        check(FilterOperator::StartsWith, "old", true, true);
        check(FilterOperator::StartsWith, "brand", true, false);
        check(FilterOperator::IsAlike, "old brand/", true, true);
    }
}
