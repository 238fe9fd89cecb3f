//! Whose report a cost file is, told by titles that only that platform writes.
//!
//! A table that is taken for a platform's report speaks for all that the platform cost on its
//! days, so a title that anybody may write is no proof.

use super::titles::bare;
use super::{Field, Kind, Mapping, canonical};
use crate::table::Layout;

/// Whose report a cost file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Format {
    GoogleAds,
    YandexDirect,
    VkAds,
    MetaAds,
    TiktokAds,
    MicrosoftAds,
    /// What Yandex Metrica takes as expenses; its rows say whose they are.
    MetricaExpenses,
    Generic,
}

impl Format {
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::GoogleAds => "google_ads",
            Self::YandexDirect => "yandex_direct",
            Self::VkAds => "vk_ads",
            Self::MetaAds => "meta_ads",
            Self::TiktokAds => "tiktok_ads",
            Self::MicrosoftAds => "microsoft_ads",
            Self::MetricaExpenses => "metrica_expenses",
            Self::Generic => "generic",
        }
    }

    /// `utm_source` of the visits that a platform's ads bring; nothing where rows name it.
    #[must_use]
    pub fn source(self) -> &'static str {
        match self {
            Self::GoogleAds => "google",
            Self::YandexDirect => "yandex",
            Self::VkAds => "vk",
            Self::MetaAds => "facebook",
            Self::TiktokAds => "tiktok",
            Self::MicrosoftAds => "bing",
            Self::MetricaExpenses | Self::Generic => "",
        }
    }

    /// The platform that a report is of; nothing where it is of none, or of several.
    #[must_use]
    pub fn platform(self) -> &'static str {
        match self {
            Self::MetricaExpenses | Self::Generic => "",
            platform => platform.name(),
        }
    }

    /// Recognises a report by its header, whatever the language of its titles.
    #[must_use]
    pub fn of(layout: &Layout) -> Self {
        let mapping = Mapping::recognise(Kind::Costs, &layout.header);
        // A platform does not name itself in each row.
        let names_its_origin = [Field::Source, Field::Medium, Field::Platform]
            .iter()
            .any(|field| mapping.column(*field).is_some());
        if is_metrica(layout) {
            Self::MetricaExpenses
        } else if names_its_origin {
            Self::Generic
        } else if is_direct_service(layout) || is_direct_page(layout) {
            Self::YandexDirect
        } else if is_meta(layout) {
            Self::MetaAds
        } else if is_tiktok(layout) {
            Self::TiktokAds
        } else if is_vk(layout) {
            Self::VkAds
        } else if is_microsoft(layout) {
            Self::MicrosoftAds
        } else if is_google(layout) {
            Self::GoogleAds
        } else {
            Self::Generic
        }
    }
}

/// The table that Direct's report service answers with: its field names, and tabs between them.
pub(crate) fn is_direct_service(layout: &Layout) -> bool {
    let exact = |wanted: &[&str]| {
        let mut titles = layout.header.iter();
        titles.any(|title| wanted.contains(&title.as_str()))
    };
    let of_an_ad = ["CampaignId", "CampaignName", "AdGroupId", "AdId"];
    let of_direct_alone = [
        "AdNetworkType",
        "CampaignType",
        "Criterion",
        "CriterionId",
        "CriterionType",
    ];
    let dated_cost = exact(&["Date"]) && exact(&["Cost"]);
    dated_cost && exact(&of_an_ad) && (layout.delimiter == '\t' || exact(&of_direct_alone))
}

/// What Direct's report page saves.
fn is_direct_page(layout: &Layout) -> bool {
    let of_direct_alone = ["кампании", "группы", "условиепоказа", "типплощадки"];
    has(layout, &["дата"])
        && has(layout, &["расход", "расходруб"])
        && has(layout, &["показы", "клики"])
        && has(layout, &of_direct_alone)
}

/// Whether a title that may mean the platform means the page that showed the ad: as in Direct's
/// own reports, which tell of what type the page was, or for which condition the ad was shown.
pub(super) fn is_placement(title: &str, header: &[String]) -> bool {
    let of_direct_alone = ["условиепоказа", "типплощадки"];
    let mut titles = header.iter().map(|title| canonical(title));
    canonical(title) == "площадка" && titles.any(|title| of_direct_alone.contains(&title.as_str()))
}

fn is_google(layout: &Layout) -> bool {
    let of_its_service = ["metricscostmicros", "segmentsdate"];
    let day = ["day", "день", "dzień"];
    let cost = [
        "cost",
        "расход",
        "расходы",
        "стоимость",
        "koszt",
        "costmicros",
    ];
    let campaign = ["campaign", "кампания", "kampania"];
    let of_google_alone = ["impr", "wyśw", "currencycode", "кодвалюты", "kodwaluty"];
    let ad_group = ["adgroup", "группаобъявлений", "grupareklam"];
    let shown = ["impressions", "показы", "wyświetlenia"];
    let is_telling =
        has(layout, &of_google_alone) || (has(layout, &ad_group) && has(layout, &shown));
    has(layout, &of_its_service)
        || (has(layout, &day) && has(layout, &cost) && has(layout, &campaign) && is_telling)
}

/// Nobody else says of each row when its report starts and what was spent in it.
fn is_meta(layout: &Layout) -> bool {
    let starts = [
        "reportingstarts",
        "датаначалаотчетности",
        "начальнаядатаотчета",
        "początekraportowania",
        "rozpoczęcieraportowania",
        "początekraportu",
    ];
    let spent = [
        "amountspent",
        "суммазатрат",
        "потраченнаясумма",
        "wydanakwota",
        "kwotawydana",
    ];
    let of_meta_alone = [
        "resultindicator",
        "linkclicks",
        "кликипоссылке",
        "kliknięcialinku",
    ];
    has_bare(layout, &spent) && (has_bare(layout, &starts) || has_bare(layout, &of_meta_alone))
}

/// `TikTok` tells clicks that lead away from those that do not, and counts them by day.
fn is_tiktok(layout: &Layout) -> bool {
    let exact = |title: &str| {
        let mut titles = layout.header.iter().map(|title| canonical(title));
        titles.any(|found| found == title)
    };
    let spent = has_bare(layout, &["cost", "totalcost", "spend"]);
    let led_away = exact("clicksdestination") || exact("cpcdestination") || exact("ctrdestination");
    let by_day = exact("byday") || exact("stattimeday");
    spent && by_day && (led_away || exact("adgroupname"))
}

/// What VK's cabinet saves: all that was spent, and what it calls effective.
fn is_vk(layout: &Layout) -> bool {
    has_bare(layout, &["потраченовсего"]) && has_bare(layout, &["ecpc", "ecpm"])
}

/// Microsoft has periods where others have days.
fn is_microsoft(layout: &Layout) -> bool {
    let period = ["timeperiod", "gregoriandate"];
    let of_microsoft_alone = ["accountnumber", "currencycode", "deliveredmatchtype"];
    has_bare(layout, &period)
        && has_bare(layout, &["spend"])
        && has_bare(layout, &of_microsoft_alone)
}

/// Tags and expenses, as Metrica writes both.
fn is_metrica(layout: &Layout) -> bool {
    let exact = |wanted: &[&str]| {
        let mut titles = layout.header.iter();
        titles.any(|title| wanted.contains(&title.as_str()))
    };
    exact(&["Date"]) && exact(&["Expenses"]) && exact(&["UTMSource", "TrafficSource"])
}

fn has(layout: &Layout, wanted: &[&str]) -> bool {
    let mut titles = layout.header.iter().map(|title| canonical(title));
    titles.any(|title| wanted.contains(&title.as_str()))
}

/// The same of titles with a unit behind them.
fn has_bare(layout: &Layout, wanted: &[&str]) -> bool {
    let mut titles = layout.header.iter().map(|title| canonical(bare(title)));
    titles.any(|title| wanted.contains(&title.as_str()))
}
