//! How many of those who saw an ad came.

use crate::catalogue::{Direction, Formula, Group, Measure, Metric, Unit, Words};

pub(crate) const METRICS: &[Metric] = &[
    Metric {
        key: "ctr",
        group: Group::Traffic,
        unit: Unit::Percent,
        direction: Direction::Up,
        digits: 2,
        formula: Formula::Ratio {
            top: &[(1, Measure::AdClicks)],
            bottom: &[(1, Measure::ClickableImpressions)],
            ten: 2,
            divisor: 1,
        },
        formula_text: Words::new(
            "ad_clicks / impressions of platforms that report clicks",
            "ad_clicks / показы площадок, которые сообщают о кликах",
            "ad_clicks / wyświetlenia platform, które zgłaszają kliknięcia",
        ),
        title: Words::same("CTR"),
        short: Words::same("CTR"),
        definition: Words::new(
            "Share of impressions that were clicked, both as the platforms report them: clicks \
             that only our links counted have no impressions to be compared with, and impressions \
             of a report without clicks are left out, as unknown is not zero.",
            "Доля показов, по которым кликнули, — и то и другое по отчётам площадок: у кликов, \
             посчитанных только нашими ссылками, нет показов для сравнения, а показы из отчёта без \
             кликов не участвуют: неизвестно — не ноль.",
            "Udział wyświetleń, które kliknięto — jedno i drugie według platform: kliknięcia \
             policzone tylko przez nasze linki nie mają wyświetleń do porównania, a wyświetlenia z \
             raportu bez kliknięć są pominięte, bo nieznane to nie zero.",
        ),
    },
    Metric {
        key: "cr_click_visit",
        group: Group::Traffic,
        unit: Unit::Percent,
        direction: Direction::Up,
        digits: 2,
        formula: Formula::Ratio {
            top: &[(1, Measure::Visits)],
            bottom: &[(1, Measure::AdClicks), (1, Measure::UnreportedClicks)],
            ten: 2,
            divisor: 1,
        },
        formula_text: Words::same("visits / clicks"),
        title: Words::new(
            "Conversion click → visit",
            "Конверсия клик → визит",
            "Konwersja klik → wizyta",
        ),
        short: Words::same("CR c→v"),
        definition: Words::new(
            "Visits for a hundred clicks. Far below 100 % clicks are lost before the page opens; \
             above 100 % visits also came without an ad, so the funnel compares only those of ads.",
            "Визиты на сто кликов. Намного ниже 100 % — клики теряются до открытия страницы; выше \
             100 % — часть визитов пришла не с рекламы, поэтому в воронке — только рекламные.",
            "Wizyty na sto kliknięć. Znacznie poniżej 100 % kliknięcia giną, zanim strona się \
             otworzy; powyżej 100 % część wizyt przyszła bez reklamy, więc lejek porównuje tylko \
             reklamowe.",
        ),
    },
    Metric {
        key: "visit_ctr",
        group: Group::Traffic,
        unit: Unit::Percent,
        direction: Direction::Up,
        digits: 2,
        formula: Formula::Ratio {
            top: &[(1, Measure::Visits)],
            bottom: &[(1, Measure::Impressions)],
            ten: 2,
            divisor: 1,
        },
        formula_text: Words::same("visits / impressions"),
        title: Words::new("Visit CTR", "CTR по визитам", "CTR wizyt"),
        short: Words::new("Visit CTR", "CTR виз.", "CTR wiz."),
        definition: Words::new(
            "Share of impressions that became visits.",
            "Доля показов, ставших визитами.",
            "Udział wyświetleń, które stały się wizytami.",
        ),
    },
];
