//! The catalogue as it goes over the wire, in one language.

use std::sync::Arc;

use serde::Serialize;
use utoipa::ToSchema;

use crate::catalogue::{
    DIMENSIONS, Dimension, DimensionGroup, Direction, Group, HIERARCHY, Metric, Unit, Words,
    metrics,
};
use crate::context::Language;
use crate::formula::CustomMetric;

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
    #[schema(example = "cpl")]
    pub key: String,
    pub title: String,
    pub short: String,
    pub unit: Unit,
    pub direction: Direction,
    pub formula: String,
    pub definition: String,
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

/// The catalogue in a language with the workspace's own metrics, for a reader who does not see
/// some metrics: neither those nor what is made of them.
#[must_use]
pub fn catalogue(
    language: Language,
    custom: &[Arc<CustomMetric>],
    is_hidden: impl Fn(&Metric) -> bool,
) -> CatalogueAnswer {
    let answer_of_custom = |custom: &Arc<CustomMetric>| {
        let metrics = custom.formula.metrics();
        custom_answer(custom, language, metrics.into_iter().any(&is_hidden))
    };
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
            .chain(custom.iter().map(answer_of_custom))
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
        key: metric.key.to_owned(),
        title: metric.title.get(language).to_owned(),
        short: metric.short.get(language).to_owned(),
        unit: metric.unit,
        direction: metric.direction,
        formula: metric.formula_text.get(language).to_owned(),
        definition: metric.definition.get(language).to_owned(),
        null_rule: metric.formula.null_rule().get(language),
        interval: metric
            .is_proportion()
            .then(|| crate::interval::MEANING.get(language)),
        group: metric.group,
        digits: metric.digits,
        hidden,
    }
}

/// What a formula is made of may tell as much as its numbers, so that who does not see these is
/// told its name alone.
fn custom_answer(custom: &CustomMetric, language: Language, hidden: bool) -> MetricAnswer {
    const NULL_RULE: Words = Words::new(
        "Empty when a part of it is empty, and when it divides by zero: x/0 is never 0. In groups \
         and totals the formula is applied to the sums.",
        "Пусто, если пуста одна из частей или формула делит на ноль: x/0 никогда не равно 0. По \
         группам и в итогах формула применяется к суммам.",
        "Puste, gdy pusta jest któraś z części albo formuła dzieli przez zero: x/0 nigdy nie jest \
         0. W grupach i podsumowaniach formuła liczy się z sum.",
    );
    let told = |text: String| if hidden { String::new() } else { text };
    MetricAnswer {
        key: custom.key(),
        title: custom.name.clone(),
        short: custom.name.clone(),
        unit: custom.format.unit(),
        direction: custom.direction,
        formula: told(custom.formula.text()),
        definition: told(custom.definition(language)),
        null_rule: NULL_RULE.get(language),
        interval: None,
        group: Group::Custom,
        digits: custom.format.digits(),
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
