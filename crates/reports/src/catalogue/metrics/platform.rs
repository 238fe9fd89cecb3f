//! What ad platforms say that their ads brought, beside what was seen.

use crate::catalogue::{Direction, Formula, Group, Measure, Metric, Unit, Words};

/// Leads in the millionths that platforms' conversions are kept in.
const MILLION: i64 = 1_000_000;

pub(crate) const METRICS: &[Metric] = &[
    Metric {
        key: "platform_conversions",
        group: Group::Spend,
        unit: Unit::Count,
        direction: Direction::Neutral,
        digits: 2,
        formula: Formula::Sum(&[(1, Measure::SaidConversions)]),
        formula_text: Words::new(
            "sum of conversions in the platforms' files",
            "сумма конверсий из файлов площадок",
            "suma konwersji z plików platform",
        ),
        title: Words::new(
            "Conversions, platform says",
            "Конверсии по площадке",
            "Konwersje według platformy",
        ),
        short: Words::new("Platf. conv.", "Конв. площ.", "Konw. platf."),
        definition: Words::new(
            "Conversions that ad platforms count to their own ads, on the day and by the rules of \
             each platform. They may be shared out among ads, and two platforms may count the \
             same one.",
            "Конверсии, которые площадки засчитали своей рекламе, — по дню и правилам площадки. \
             Они могут делиться между объявлениями, и две площадки могут засчитать одну и ту же.",
            "Konwersje, które platformy przypisały swoim reklamom — według dnia i reguł platformy. \
             Mogą być dzielone między reklamy, a dwie platformy mogą policzyć tę samą.",
        ),
    },
    Metric {
        key: "platform_conversions_gap",
        group: Group::Spend,
        unit: Unit::Count,
        direction: Direction::Neutral,
        digits: 2,
        formula: Formula::Sum(&[(1, Measure::SaidConversions), (-MILLION, Measure::Leads)]),
        formula_text: Words::new(
            "platform_conversions − leads",
            "platform_conversions − leads",
            "platform_conversions − leads",
        ),
        title: Words::new(
            "Conversions: platform − leads",
            "Конверсии: площадка − лиды",
            "Konwersje: platforma − leady",
        ),
        short: Words::new("Conv. diff.", "Разн. конв.", "Różn. konw."),
        definition: Words::new(
            "How many more conversions the platforms count than leads came in. Below zero: more \
             leads than they know of.",
            "На сколько конверсий у площадок больше, чем пришло лидов. Ниже нуля — лидов больше, \
             чем им известно.",
            "O ile więcej konwersji liczą platformy, niż przyszło leadów. Poniżej zera: leadów \
             jest więcej, niż im wiadomo.",
        ),
    },
    Metric {
        key: "platform_value",
        group: Group::Spend,
        unit: Unit::Money,
        direction: Direction::Neutral,
        digits: 2,
        formula: Formula::Sum(&[(1, Measure::SaidValue)]),
        formula_text: Words::new(
            "sum of conversion value in the platforms' files",
            "сумма ценности конверсий из файлов площадок",
            "suma wartości konwersji z plików platform",
        ),
        title: Words::new(
            "Conversion value, platform says",
            "Ценность конверсий по площадке",
            "Wartość konwersji według platformy",
        ),
        short: Words::new("Platf. value", "Ценн. площ.", "Wart. platf."),
        definition: Words::new(
            "What ad platforms say that their conversions are worth, converted like their costs; \
             neither VAT nor mark-up is known of it.",
            "Сколько, по словам площадок, стоят их конверсии; пересчитано как их расход, без \
             учёта НДС и наценки.",
            "Ile według platform warte są ich konwersje; przeliczone jak ich koszty, bez \
             uwzględnienia VAT i narzutu.",
        ),
    },
    Metric {
        key: "platform_value_gap",
        group: Group::Spend,
        unit: Unit::Money,
        direction: Direction::Neutral,
        digits: 2,
        formula: Formula::Sum(&[(1, Measure::SaidValue), (-1, Measure::Revenue)]),
        formula_text: Words::new(
            "platform_value − revenue",
            "platform_value − revenue",
            "platform_value − revenue",
        ),
        title: Words::new(
            "Conversion value: platform − revenue",
            "Ценность: площадка − выручка",
            "Wartość: platforma − przychód",
        ),
        short: Words::new("Value diff.", "Разн. ценн.", "Różn. wart."),
        definition: Words::new(
            "How much more the platforms say that their conversions are worth than was paid.",
            "На сколько ценность конверсий по площадкам больше, чем оплачено.",
            "O ile wartość konwersji według platform jest większa od tego, co zapłacono.",
        ),
    },
];
