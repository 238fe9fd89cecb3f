//! The documentation page of the catalogue.

use std::fmt::Write;

use crate::catalogue::{Direction, Group, Unit, Words, catalogue};
use crate::context::Language;

/// The page in Markdown: what every metric and dimension means, in one language.
#[must_use]
pub fn markdown(language: Language) -> String {
    let catalogue = catalogue(language);
    let mut page = format!(
        "# {}\n\n{}\n",
        TITLE.get(language),
        INTRODUCTION.get(language)
    );
    let mut group = None;
    for metric in &catalogue.metrics {
        if group != Some(metric.group) {
            group = Some(metric.group);
            push(
                &mut page,
                &format!("\n## {}\n", group_title(metric.group).get(language)),
            );
        }
        push(
            &mut page,
            &format!(
                "\n### {title} (`{key}`)\n\n{definition}\n\n`{key} = {formula}` · {unit} · \
                 {direction} · {null_rule}\n",
                title = metric.title,
                key = metric.key,
                definition = metric.definition,
                formula = metric.formula,
                unit = unit_title(metric.unit).get(language),
                direction = direction_title(metric.direction).get(language),
                null_rule = metric.null_rule,
            ),
        );
    }
    push(
        &mut page,
        &format!("\n## {}\n\n", DIMENSIONS_TITLE.get(language)),
    );
    for known in &catalogue.dimensions {
        let line = format!(
            "- **{}** (`{}`): {}\n",
            known.title, known.key, known.definition
        );
        push(&mut page, &line);
    }
    push(
        &mut page,
        &format!("\n## {}\n\n", SETTINGS_TITLE.get(language)),
    );
    for option in catalogue.date_bases.iter().chain(&catalogue.attributions) {
        let line = format!(
            "- **{}** (`{}`): {}\n",
            option.title, option.key, option.definition
        );
        push(&mut page, &line);
    }
    page
}

fn push(page: &mut String, text: &str) {
    // Writing to a string cannot fail.
    let _ = page.write_str(text);
}

const TITLE: Words = Words::new(
    "Metrics and dimensions",
    "Метрики и измерения",
    "Metryki i wymiary",
);
const DIMENSIONS_TITLE: Words = Words::new("Dimensions", "Измерения", "Wymiary");
const SETTINGS_TITLE: Words = Words::new(
    "Date basis and attribution",
    "Дата и атрибуция",
    "Podstawa daty i atrybucja",
);
const INTRODUCTION: Words = Words::new(
    "This page is made from the catalogue that reports are computed with.",
    "Эта страница сделана из каталога, по которому считаются отчёты.",
    "Ta strona powstaje z katalogu, według którego liczone są raporty.",
);

fn group_title(group: Group) -> Words {
    match group {
        Group::Traffic => Words::new("Traffic", "Трафик", "Ruch"),
        Group::Spend => Words::new("Spend", "Расходы", "Wydatki"),
        Group::Leads => Words::new("Leads", "Лиды", "Leady"),
        Group::Sales => Words::new("Sales", "Продажи", "Sprzedaż"),
        Group::Profit => Words::new("Revenue and profit", "Выручка и прибыль", "Przychód i zysk"),
        Group::Customers => Words::new("Customers", "Клиенты", "Klienci"),
    }
}

fn unit_title(unit: Unit) -> Words {
    match unit {
        Unit::Count => Words::new("count", "количество", "liczba"),
        Unit::Money => Words::new("money", "деньги", "pieniądze"),
        Unit::Percent => Words::new("percent", "проценты", "procent"),
        Unit::Ratio => Words::new("ratio", "отношение", "iloraz"),
        Unit::Duration => Words::new("seconds", "секунды", "sekundy"),
        Unit::Days => Words::new("days", "дни", "dni"),
    }
}

fn direction_title(direction: Direction) -> Words {
    match direction {
        Direction::Up => Words::new("more is better", "больше — лучше", "więcej znaczy lepiej"),
        Direction::Down => Words::new("less is better", "меньше — лучше", "mniej znaczy lepiej"),
        Direction::Neutral => Words::new("neither way", "нейтрально", "neutralnie"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::metrics;

    #[test]
    fn the_page_names_every_metric_in_every_language() {
        for language in [Language::En, Language::Ru, Language::Pl] {
            let page = markdown(language);
            for metric in metrics() {
                assert!(
                    page.contains(&format!("(`{}`)", metric.key)),
                    "{}",
                    metric.key
                );
            }
        }
    }
}
