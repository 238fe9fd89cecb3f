//! The catalogue as it goes over the wire, in one language.

use serde::Serialize;
use utoipa::ToSchema;

use crate::catalogue::{
    DIMENSIONS, Dimension, DimensionGroup, Direction, Group, HIERARCHY, Metric, Unit, Words,
    metrics,
};
use crate::context::Language;

/// Everything that can be asked for.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Catalogue)]
pub struct CatalogueAnswer {
    pub metrics: Vec<MetricAnswer>,
    pub dimensions: Vec<DimensionAnswer>,
    pub hierarchy: Vec<&'static str>,
    pub date_bases: Vec<OptionAnswer>,
    pub attributions: Vec<OptionAnswer>,
}

/// A metric in one language.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Metric)]
pub struct MetricAnswer {
    pub key: &'static str,
    pub title: &'static str,
    pub short: &'static str,
    pub unit: Unit,
    pub direction: Direction,
    pub formula: &'static str,
    pub definition: &'static str,
    pub null_rule: &'static str,
    /// What the interval of a rate means; numbers without one have none.
    #[schema(required)]
    pub interval: Option<&'static str>,
    pub group: Group,
    pub digits: u8,
    /// The reader's role does not see it: a question for it is refused.
    pub hidden: bool,
}

/// A dimension in one language.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Dimension)]
pub struct DimensionAnswer {
    pub key: &'static str,
    pub title: &'static str,
    pub definition: &'static str,
    pub group: DimensionGroup,
}

/// A choice of the report's settings in one language.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = ReportChoice)]
pub struct OptionAnswer {
    pub key: &'static str,
    pub title: &'static str,
    pub definition: &'static str,
}

/// The catalogue in a language, for a reader who does not see some metrics.
#[must_use]
pub fn catalogue(language: Language, is_hidden: impl Fn(&Metric) -> bool) -> CatalogueAnswer {
    let options = |options: &[(&'static str, Words, Words)]| {
        options
            .iter()
            .map(|(key, title, definition)| OptionAnswer {
                key,
                title: title.get(language),
                definition: definition.get(language),
            })
            .collect()
    };
    CatalogueAnswer {
        metrics: metrics()
            .map(|metric| metric_answer(metric, language, is_hidden(metric)))
            .collect(),
        dimensions: DIMENSIONS
            .iter()
            .map(|known| dimension_answer(known, language))
            .collect(),
        hierarchy: HIERARCHY.to_vec(),
        date_bases: options(DATE_BASES),
        attributions: options(ATTRIBUTIONS),
    }
}

fn metric_answer(metric: &Metric, language: Language, hidden: bool) -> MetricAnswer {
    MetricAnswer {
        key: metric.key,
        title: metric.title.get(language),
        short: metric.short.get(language),
        unit: metric.unit,
        direction: metric.direction,
        formula: metric.formula_text.get(language),
        definition: metric.definition.get(language),
        null_rule: metric.formula.null_rule().get(language),
        interval: metric
            .is_proportion()
            .then(|| crate::interval::MEANING.get(language)),
        group: metric.group,
        digits: metric.digits,
        hidden,
    }
}

fn dimension_answer(dimension: &Dimension, language: Language) -> DimensionAnswer {
    DimensionAnswer {
        key: dimension.key,
        title: dimension.title.get(language),
        definition: dimension.definition.get(language),
        group: dimension.group,
    }
}

const DATE_BASES: &[(&str, Words, Words)] = &[
    (
        "visit",
        Words::new("Date of the visit", "Дата визита", "Data wizyty"),
        Words::new(
            "Leads and sales count on the day of the visit they are owed to: what this spend \
             brought in the end.",
            "Лиды и продажи относятся ко дню визита, которому засчитаны: что в итоге принёс \
             этот расход.",
            "Leady i sprzedaże liczą się w dniu wizyty, której są zasługą: co ostatecznie \
             przyniósł ten koszt.",
        ),
    ),
    (
        "creation",
        Words::new("Date of the lead", "Дата лида", "Data leada"),
        Words::new(
            "Leads and sales count on the day the lead or deal was created.",
            "Лиды и продажи относятся ко дню создания лида или сделки.",
            "Leady i sprzedaże liczą się w dniu utworzenia leada lub szansy.",
        ),
    ),
    (
        "payment",
        Words::new("Date of payment", "Дата оплаты", "Data płatności"),
        Words::new(
            "Every change counts on its own day: payments when money came, refunds when it left. \
             Leads count on their own day, the qualified ones too.",
            "Каждое изменение относится к своему дню: оплаты — когда пришли деньги, возвраты — \
             когда ушли. Лиды, в том числе квалифицированные, относятся к своему дню.",
            "Każda zmiana liczy się we własnym dniu: płatności, gdy pieniądze przyszły, zwroty, \
             gdy wyszły. Leady, także kwalifikowane, liczą się we własnym dniu.",
        ),
    ),
];

const ATTRIBUTIONS: &[(&str, Words, Words)] = &[
    (
        "last_non_direct",
        Words::new(
            "Last non-direct",
            "Последний непрямой",
            "Ostatni niebezpośredni",
        ),
        Words::new(
            "The last touch before the lead that was not direct.",
            "Последнее касание перед лидом, кроме прямых заходов.",
            "Ostatni kontakt przed leadem, który nie był bezpośredni.",
        ),
    ),
    (
        "first",
        Words::new("First touch", "Первое касание", "Pierwszy kontakt"),
        Words::new(
            "The visitor's first touch.",
            "Первое касание посетителя.",
            "Pierwszy kontakt odwiedzającego.",
        ),
    ),
    (
        "last",
        Words::new("Last touch", "Последнее касание", "Ostatni kontakt"),
        Words::new(
            "The last touch before the lead, whatever it was.",
            "Последнее касание перед лидом, любое.",
            "Ostatni kontakt przed leadem, jakikolwiek.",
        ),
    ),
];

/// What people call a date basis; its key where it has no name.
pub(crate) fn date_basis_title(key: &str, language: Language) -> String {
    title_of(DATE_BASES, key, language)
}

/// What people call an attribution model; its key where it has no name.
pub(crate) fn attribution_title(key: &str, language: Language) -> String {
    title_of(ATTRIBUTIONS, key, language)
}

fn title_of(named: &[(&str, Words, Words)], key: &str, language: Language) -> String {
    let found = named.iter().find(|(known, ..)| *known == key);
    found
        .map_or(key, |(_, title, _)| title.get(language))
        .to_owned()
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::catalogue::{Formula, dimension};

    #[test]
    fn keys_are_unique_and_every_metric_is_documented_in_every_language() {
        let mut keys = HashSet::new();
        for metric in metrics() {
            assert!(keys.insert(metric.key), "{} is there twice", metric.key);
            for words in [metric.title, metric.short, metric.definition] {
                assert!(!words.en.is_empty() && !words.ru.is_empty() && !words.pl.is_empty());
            }
            assert!(
                metric.definition.ru != metric.definition.en,
                "{}",
                metric.key
            );
        }
        for known in DIMENSIONS {
            assert!(keys.insert(known.key), "{} is there twice", known.key);
        }
    }

    #[test]
    fn the_hierarchy_is_made_of_dimensions() {
        assert!(HIERARCHY.iter().all(|key| dimension(key).is_some()));
    }

    #[test]
    fn a_linear_sum_never_mixes_money_and_counts() {
        for metric in metrics() {
            if let Formula::Sum(linear) = metric.formula {
                let money = linear
                    .iter()
                    .filter(|(_, measure)| measure.is_money())
                    .count();
                assert!(money == 0 || money == linear.len(), "{}", metric.key);
            }
        }
    }
}
