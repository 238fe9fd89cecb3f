//! The columns that each kind of row is shown with.

use crate::catalogue::Words;
use crate::rows::{BehindKind, Show};

/// A column of the list.
#[derive(Clone, Copy)]
pub(crate) struct ShownColumn {
    pub(crate) key: &'static str,
    pub(crate) title: Words,
    pub(crate) show: Show,
    pub(crate) sql: &'static str,
}

const fn column(key: &'static str, title: Words, show: Show, sql: &'static str) -> ShownColumn {
    ShownColumn {
        key,
        title,
        show,
        sql,
    }
}

const SOURCE: ShownColumn = column(
    "source",
    Words::new("Source", "Источник", "Źródło"),
    Show::Text,
    "l.source",
);
const CAMPAIGN: ShownColumn = column(
    "campaign",
    Words::new("Campaign", "Кампания", "Kampania"),
    Show::Text,
    "l.campaign",
);
const AD_GROUP: ShownColumn = column(
    "ad_group",
    Words::new("Ad group", "Группа объявлений", "Grupa reklam"),
    Show::Text,
    "l.ad_group",
);
const AD: ShownColumn = column(
    "ad",
    Words::new("Ad", "Объявление", "Reklama"),
    Show::Text,
    "l.ad",
);
const KEYWORD: ShownColumn = column(
    "keyword",
    Words::new("Keyword", "Ключевая фраза", "Słowo kluczowe"),
    Show::Text,
    "l.keyword",
);
const VISIT: ShownColumn = column(
    "visit",
    Words::new("Visit", "Визит", "Wizyta"),
    Show::Visit,
    "f.visit",
);
const VISITOR: ShownColumn = column(
    "visitor",
    Words::new("Visitor", "Посетитель", "Odwiedzający"),
    Show::Visitor,
    "f.visitor",
);
const AT: ShownColumn = column(
    "at",
    Words::new("Time", "Время", "Czas"),
    Show::Moment,
    "f.at_ms",
);
const KIND: ShownColumn = column(
    "kind",
    Words::new("Kind", "Вид", "Rodzaj"),
    Show::Text,
    "f.kind",
);
const PAGE: ShownColumn = column(
    "page",
    Words::new("Page", "Страница", "Strona"),
    Show::Text,
    "f.page_host || f.page_path",
);

const VISITS: &[ShownColumn] = &[
    AT,
    VISIT,
    VISITOR,
    SOURCE,
    CAMPAIGN,
    KEYWORD,
    PAGE,
    column(
        "country",
        Words::new("Country", "Страна", "Kraj"),
        Show::Text,
        "f.country",
    ),
    column(
        "device",
        Words::new("Device", "Устройство", "Urządzenie"),
        Show::Text,
        "f.device",
    ),
];
const HITS: &[ShownColumn] = &[
    AT,
    KIND,
    VISIT,
    VISITOR,
    SOURCE,
    CAMPAIGN,
    PAGE,
    column(
        "name",
        Words::new("Name", "Название", "Nazwa"),
        Show::Text,
        "f.name",
    ),
];
const OUTCOMES: &[ShownColumn] = &[
    AT,
    KIND,
    column(
        "lead",
        Words::new("Lead", "Лид", "Lead"),
        Show::Id,
        "f.lead",
    ),
    column(
        "deal",
        Words::new("Deal", "Сделка", "Szansa"),
        Show::Id,
        "f.deal",
    ),
    VISIT,
    SOURCE,
    CAMPAIGN,
    KEYWORD,
    column(
        "touch_at",
        Words::new("Credited visit", "Засчитанный визит", "Zaliczona wizyta"),
        Show::Moment,
        "f.touch_at_ms",
    ),
];
const COSTS: &[ShownColumn] = &[
    column(
        "day",
        Words::new("Day", "День", "Dzień"),
        Show::Day,
        "f.day",
    ),
    column(
        "platform",
        Words::new("Platform", "Площадка", "Platforma"),
        Show::Text,
        "f.platform",
    ),
    SOURCE,
    CAMPAIGN,
    AD_GROUP,
    AD,
    KEYWORD,
    column(
        "impressions",
        Words::new("Impressions", "Показы", "Wyświetlenia"),
        Show::Count,
        "f.impressions",
    ),
    column(
        "clicks",
        Words::new("Clicks", "Клики", "Kliknięcia"),
        Show::Count,
        "f.clicks",
    ),
    column(
        "cost",
        Words::new("Spend", "Расход", "Koszt"),
        Show::Money,
        "f.cost_micros",
    ),
    column(
        "vat",
        Words::new("VAT", "НДС", "VAT"),
        Show::Money,
        "f.vat_micros",
    ),
    column(
        "import",
        Words::new("Import", "Импорт", "Import"),
        Show::Id,
        "f.import",
    ),
];
/// Of a click that we counted; a reported one has no moment and no visitor.
const CLICKS: &[ShownColumn] = &[AT, VISIT, VISITOR, SOURCE, CAMPAIGN, AD_GROUP, AD, KEYWORD];

/// The columns of a kind of row, before its value.
pub(crate) fn columns_of(kind: BehindKind) -> &'static [ShownColumn] {
    match kind {
        BehindKind::Visits => VISITS,
        BehindKind::Clicks => CLICKS,
        BehindKind::Hits => HITS,
        BehindKind::Leads | BehindKind::Deals | BehindKind::Payments => OUTCOMES,
        BehindKind::Costs => COSTS,
    }
}

impl ShownColumn {
    /// A number that adds up over the facts of one row.
    pub(crate) fn adds_up(&self) -> bool {
        matches!(self.show, Show::Count | Show::Money)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::context::Language;

    #[test]
    fn every_column_has_a_title_of_its_own_in_each_language() {
        for columns in [VISITS, HITS, OUTCOMES, COSTS, CLICKS] {
            for language in [Language::En, Language::Ru, Language::Pl] {
                let titles: BTreeSet<_> = columns.iter().map(|c| c.title.get(language)).collect();
                assert_eq!(titles.len(), columns.len(), "{titles:?}");
                assert!(!titles.contains(""));
            }
        }
    }
}
