//! What is told of each goal. These are no metrics of reports: a goal has a rule of its own.

use crate::catalogue::{Direction, Formula, Group, Measure, Metric, Unit, Words};

/// Of hits that the goal's rule fits. `Visitors` are those of whom anything is known on the goal's
/// site, so that whoever reached the goal is always among them.
pub(crate) const METRICS: &[Metric] = &[
    Metric {
        key: "goal_visitors",
        group: Group::Traffic,
        unit: Unit::Count,
        direction: Direction::Up,
        digits: 0,
        formula: Formula::Sum(&[(1, Measure::EventVisitors)]),
        formula_text: Words::new(
            "distinct visitors who reached the goal",
            "разные посетители, достигшие цели",
            "różni odwiedzający, którzy osiągnęli cel",
        ),
        title: Words::new("Visitors", "Посетители", "Odwiedzający"),
        short: Words::new("Visitors", "Посет.", "Odwiedz."),
        definition: Words::new(
            "Different visitors who reached the goal, however often.",
            "Разные посетители, достигшие цели, сколько бы раз это ни случилось.",
            "Różni odwiedzający, którzy osiągnęli cel, bez względu na to, ile razy.",
        ),
    },
    Metric {
        key: "goal_count",
        group: Group::Traffic,
        unit: Unit::Count,
        direction: Direction::Up,
        digits: 0,
        formula: Formula::Sum(&[(1, Measure::Events)]),
        formula_text: Words::new(
            "times that the goal was reached",
            "сколько раз цель достигнута",
            "ile razy cel został osiągnięty",
        ),
        title: Words::new("Times", "Раз", "Razy"),
        short: Words::new("Times", "Раз", "Razy"),
        definition: Words::new(
            "How often the goal was reached: events, or views of its pages.",
            "Сколько раз цель достигнута: события или просмотры её страниц.",
            "Ile razy cel został osiągnięty: zdarzenia lub odsłony jego stron.",
        ),
    },
    Metric {
        key: "goal_conversion",
        group: Group::Traffic,
        unit: Unit::Percent,
        direction: Direction::Up,
        digits: 2,
        formula: Formula::Ratio {
            top: &[(1, Measure::EventVisitors)],
            bottom: &[(1, Measure::Visitors)],
            ten: 2,
            divisor: 1,
        },
        formula_text: Words::new(
            "visitors who reached the goal / visitors of its site",
            "посетители, достигшие цели / посетители её сайта",
            "odwiedzający, którzy osiągnęli cel / odwiedzający jego witryny",
        ),
        title: Words::new("Conversion", "Конверсия", "Konwersja"),
        short: Words::new("Conv.", "Конв.", "Konw."),
        definition: Words::new(
            "How many of the site's visitors in the period and within the filters reached the \
             goal.",
            "Какая доля посетителей сайта за период и в пределах фильтров достигла цели.",
            "Jaka część odwiedzających witrynę w okresie i w granicach filtrów osiągnęła cel.",
        ),
    },
    Metric {
        key: "goal_revenue",
        group: Group::Traffic,
        unit: Unit::Money,
        direction: Direction::Up,
        digits: 2,
        formula: Formula::Sum(&[(1, Measure::EventRevenue)]),
        formula_text: Words::new(
            "revenue of events, or times × worth",
            "выручка событий или раз × ценность",
            "przychód zdarzeń lub razy × wartość",
        ),
        title: Words::new("Revenue", "Выручка", "Przychód"),
        short: Words::new("Revenue", "Выручка", "Przychód"),
        definition: Words::new(
            "Money that the events of the goal told, in the reporting currency only; what came \
             without money counts with the worth of the goal, where it has one.",
            "Деньги, о которых сообщили события цели, только в валюте отчётов; то, что пришло без \
             денег, считается по ценности цели, если она задана.",
            "Pieniądze, o których powiedziały zdarzenia celu, tylko w walucie raportów; co \
             przyszło bez pieniędzy, liczy się według wartości celu, jeśli ją ma.",
        ),
    },
];
