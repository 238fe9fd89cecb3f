//! What is looked for on the sites.

use crate::catalogue::{Direction, Formula, Group, Measure, Metric, Unit, Words};

pub(crate) const METRICS: &[Metric] = &[
    Metric {
        key: "searches",
        group: Group::Traffic,
        unit: Unit::Count,
        direction: Direction::Neutral,
        digits: 0,
        formula: Formula::Sum(&[(1, Measure::Searches)]),
        formula_text: Words::new(
            "count of searches on the site",
            "число поисков на сайте",
            "liczba wyszukiwań w witrynie",
        ),
        title: Words::new(
            "Site searches",
            "Поиски на сайте",
            "Wyszukiwania w witrynie",
        ),
        short: Words::new("Searches", "Поиски", "Wyszuk."),
        definition: Words::new(
            "Pages of results that were opened, and events that tell of a search.",
            "Открытые страницы результатов и события о поиске.",
            "Otwarte strony wyników i zdarzenia mówiące o wyszukiwaniu.",
        ),
    },
    Metric {
        key: "empty_searches",
        group: Group::Traffic,
        unit: Unit::Count,
        direction: Direction::Down,
        digits: 0,
        formula: Formula::Sum(&[(1, Measure::EmptySearches)]),
        formula_text: Words::new(
            "count of searches that found nothing",
            "число поисков без результатов",
            "liczba wyszukiwań bez wyników",
        ),
        title: Words::new(
            "Searches without results",
            "Поиски без результатов",
            "Wyszukiwania bez wyników",
        ),
        short: Words::new("No results", "Не найдено", "Bez wyników"),
        definition: Words::new(
            "Searches of which the page tells that nothing was found.",
            "Поиски, о которых страница сообщила, что ничего не нашлось.",
            "Wyszukiwania, o których strona mówi, że nic nie znaleziono.",
        ),
    },
];
