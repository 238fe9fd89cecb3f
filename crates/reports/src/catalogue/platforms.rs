//! What ad platforms are called.

use crate::catalogue::Words;

/// The name of a platform that costs come from; `None` for one that named itself.
#[must_use]
pub fn platform_name(key: &str) -> Option<Words> {
    Some(match key {
        "google_ads" => Words::same("Google Ads"),
        "yandex_direct" => Words::new("Yandex Direct", "Яндекс Директ", "Yandex Direct"),
        "vk_ads" => Words::new("VK Ads", "VK Реклама", "VK Ads"),
        "meta_ads" => Words::same("Meta Ads"),
        "generic" => Words::new("A table", "Таблица", "Tabela"),
        "manual" => Words::new("Manual costs", "Ручные расходы", "Koszty ręczne"),
        _ => return None,
    })
}
