//! The documentation page of the catalogue.

use std::fmt::Write;

use crate::catalogue::{Direction, Group, Unit, Words, catalogue};
use crate::context::Language;

/// The page in Markdown: what every metric and dimension means, in one language.
#[must_use]
pub fn markdown(language: Language) -> String {
    let catalogue = catalogue(language, &[], |_| false);
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
                 {direction} · {null_rule}{interval}\n",
                title = metric.title,
                key = metric.key,
                definition = metric.definition,
                formula = metric.formula,
                unit = unit_title(metric.unit).get(language),
                direction = direction_title(metric.direction).get(language),
                null_rule = metric.null_rule,
                interval = match metric.interval {
                    Some(_) => WITH_INTERVAL.get(language),
                    None => "",
                },
            ),
        );
    }
    let meaning = crate::interval::MEANING;
    for (title, text) in [(COHORTS_TITLE, COHORTS), (INTERVALS_TITLE, meaning)] {
        let (title, text) = (title.get(language), text.get(language));
        push(&mut page, &format!("\n## {title}\n\n{text}\n"));
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
const COHORTS_TITLE: Words = Words::new("Who a customer is", "Кто такой клиент", "Kim jest klient");
const COHORTS: Words = Words::new(
    "`customers` and `cac` count people: leads and deals that a phone or e-mail joins are one \
     person, who has one first paid order. `payers`, `arppu`, `payback` and the `ltv` metrics \
     follow facts, which carry no person: their customer is the visitor; the lead where no \
     visit is known; the deal where there is neither. So a person who came with two browsers \
     is one new customer, but two payers and two members of a cohort. A cohort is the \
     customers whose first paid order lies in the period by the report's date basis.",
    "`customers` и `cac` считают людей: лиды и сделки, которые объединяет телефон или почта, — \
     один человек, у него один первый оплаченный заказ. `payers`, `arppu`, `payback` и метрики \
     `ltv` идут по фактам, а в фактах человека нет: их клиент — посетитель; без известного \
     визита — лид; без того и другого — сделка. Поэтому человек с двумя браузерами — один новый \
     клиент, но два плательщика и два участника когорты. Когорта — клиенты, чей первый \
     оплаченный заказ приходится на период по дате отчёта.",
    "`customers` i `cac` liczą osoby: leady i szanse, które łączy telefon lub e-mail, to jedna \
     osoba, która ma jedno pierwsze opłacone zamówienie. `payers`, `arppu`, `payback` i metryki \
     `ltv` idą za faktami, a fakty nie niosą osoby: ich klientem jest odwiedzający; bez znanej \
     wizyty — lead; bez obu — szansa. Dlatego osoba z dwiema przeglądarkami to jeden nowy \
     klient, ale dwóch płacących i dwóch członków kohorty. Kohorta to klienci, których pierwsze \
     opłacone zamówienie przypada na okres według podstawy daty raportu.",
);
const INTERVALS_TITLE: Words = Words::new(
    "How sure a rate is",
    "Насколько точна доля",
    "Jak pewny jest współczynnik",
);
const WITH_INTERVAL: Words =
    Words::new(" · with an interval", " · с интервалом", " · z przedziałem");
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
        Group::Spend => Words::new("Spend", "Расходы", "Koszty"),
        Group::Leads => Words::new("Leads", "Лиды", "Leady"),
        Group::Sales => Words::new("Sales", "Продажи", "Sprzedaż"),
        Group::Profit => Words::new("Revenue and profit", "Выручка и прибыль", "Przychód i zysk"),
        Group::Customers => Words::new("Customers", "Клиенты", "Klienci"),
        Group::Custom => Words::new("Own", "Свои", "Własne"),
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
