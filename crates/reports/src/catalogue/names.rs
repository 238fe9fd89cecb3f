//! What values are called that are words of the product.

use crate::catalogue::Words;

/// The name of a platform that costs come from; `None` for one that named itself.
#[must_use]
pub fn platform_name(key: &str) -> Option<Words> {
    Some(match key {
        "google_ads" => Words::same("Google Ads"),
        "yandex_direct" => Words::new("Yandex Direct", "Яндекс Директ", "Yandex Direct"),
        "vk_ads" => Words::new("VK Ads", "VK Реклама", "VK Ads"),
        "meta_ads" => Words::same("Meta Ads"),
        "tiktok_ads" => Words::same("TikTok Ads"),
        "microsoft_ads" => Words::same("Microsoft Advertising"),
        "generic" => Words::new("A table", "Таблица", "Tabela"),
        "manual" => Words::new("Manual costs", "Ручные расходы", "Koszty ręczne"),
        _ => return None,
    })
}

/// The name of a lead's status; `None` for one that is not known.
#[must_use]
pub fn lead_status_name(key: &str) -> Option<Words> {
    Some(match key {
        "new" => Words::new("New", "Новый", "Nowy"),
        "working" => Words::new("In work", "В работе", "W toku"),
        "qualified" => Words::new("Qualified", "Целевой", "Kwalifikowany"),
        "disqualified" => Words::new("Not suitable", "Не подходит", "Nie pasuje"),
        "converted" => Words::new("Became a sale", "Стал продажей", "Sprzedaż"),
        "spam" => Words::new("Spam", "Спам", "Spam"),
        "duplicate" => Words::new("Duplicate", "Дубль", "Duplikat"),
        _ => return None,
    })
}
