//! What a shop's own status words stand for.

use std::collections::BTreeMap;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// What a status means for the numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StatusGroup {
    /// A test, a double, a mistake: as if the deal did not exist.
    NotCounted,
    /// A deal without a sale yet.
    InWork,
    /// A sale.
    Paid,
    /// A deal that did not become a sale.
    Cancelled,
}

/// Which status belongs to which group; letter case and outer spaces do not matter.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StatusMap(BTreeMap<String, StatusGroup>);

/// No group has this name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not one of not_counted, in_work, paid, cancelled")]
pub struct StatusGroupError(pub String);

impl StatusGroup {
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::NotCounted => "not_counted",
            Self::InWork => "in_work",
            Self::Paid => "paid",
            Self::Cancelled => "cancelled",
        }
    }
}

impl FromStr for StatusGroup {
    type Err = StatusGroupError;

    fn from_str(name: &str) -> Result<Self, StatusGroupError> {
        [Self::NotCounted, Self::InWork, Self::Paid, Self::Cancelled]
            .into_iter()
            .find(|group| group.name() == name)
            .ok_or_else(|| StatusGroupError(name.to_owned()))
    }
}

impl StatusMap {
    /// The group of a status; `None` for a status that nobody has mapped yet. A group's own name,
    /// such as `paid`, stands for the group unless it is mapped otherwise.
    #[must_use]
    pub fn group(&self, status: &str) -> Option<StatusGroup> {
        let status = folded(status);
        self.0.get(&status).copied().or_else(|| status.parse().ok())
    }
}

impl FromIterator<(String, StatusGroup)> for StatusMap {
    fn from_iter<I: IntoIterator<Item = (String, StatusGroup)>>(pairs: I) -> Self {
        Self(
            pairs
                .into_iter()
                .map(|(status, group)| (folded(&status), group))
                .collect(),
        )
    }
}

/// The group that a status word most likely stands for, in English, Russian or Polish.
///
/// A proposal for the mapping of a fresh workspace, which its owner may overrule. Money that was
/// given back is no sale; where only a part was, the word does not tell.
#[must_use]
pub fn guess_group(status: &str) -> Option<StatusGroup> {
    let status = folded(status);
    let of_group = |(_, words): &&(StatusGroup, &[&str])| words.contains(&status.as_str());
    WORDS.iter().find(of_group).map(|(group, _)| *group)
}

const WORDS: [(StatusGroup, &[&str]); 4] = [
    (
        StatusGroup::Paid,
        &[
            "paid",
            "won",
            "completed",
            "complete",
            "closed won",
            "closedwon",
            "сделка успешна",
            "сделка завершена",
            "успешная сделка",
            "success",
            "delivered",
            "sold",
            "fulfilled",
            "оплачен",
            "оплачено",
            "оплачена",
            "выполнен",
            "завершен",
            "завершён",
            "успешно реализовано",
            "доставлен",
            "продано",
            "opłacone",
            "opłacona",
            "opłacony",
            "zapłacone",
            "zrealizowane",
            "zrealizowano",
            "wygrana",
            "zakończone",
        ],
    ),
    (
        StatusGroup::InWork,
        &[
            "new",
            "open",
            "in work",
            "in progress",
            "in_work",
            "pending",
            "processing",
            "on hold",
            "negotiation",
            "новый",
            "новая",
            "новая заявка",
            "в работе",
            "в обработке",
            "ожидает оплаты",
            "принят",
            "nowe",
            "nowy",
            "nowa",
            "w toku",
            "w trakcie",
            "w realizacji",
            "oczekujące",
            "oczekuje na płatność",
            "otwarte",
        ],
    ),
    (
        StatusGroup::Cancelled,
        &[
            "cancelled",
            "canceled",
            "lost",
            "closed lost",
            "closedlost",
            "сделка провалена",
            "сделка проиграна",
            "закрыта и не реализована",
            "rejected",
            "failed",
            "declined",
            "refunded",
            "returned",
            "отменен",
            "отменён",
            "отменено",
            "отмена",
            "отказ",
            "возврат",
            "возвращен",
            "возвращён",
            "закрыто и не реализовано",
            "anulowane",
            "anulowano",
            "anulowany",
            "odrzucone",
            "przegrana",
            "utracone",
            "zwrot",
            "zwrócone",
        ],
    ),
    (
        StatusGroup::NotCounted,
        &[
            "test",
            "spam",
            "duplicate",
            "тест",
            "спам",
            "дубль",
            "duplikat",
            "testowe",
        ],
    ),
];

fn folded(status: &str) -> String {
    status.trim().to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letter_case_and_spaces_do_not_matter() {
        let map: StatusMap = [(" Оплачен ".to_owned(), StatusGroup::Paid)]
            .into_iter()
            .collect();
        assert_eq!(map.group("ОПЛАЧЕН"), Some(StatusGroup::Paid));
        assert_eq!(map.group("new"), None);
    }

    #[test]
    fn common_words_are_guessed_in_three_languages() {
        assert_eq!(guess_group("Paid"), Some(StatusGroup::Paid));
        assert_eq!(guess_group("В работе"), Some(StatusGroup::InWork));
        assert_eq!(guess_group("Anulowane"), Some(StatusGroup::Cancelled));
        assert_eq!(guess_group("Stage 7"), None);
        for refunded in ["Refunded", "Возврат", "Zwrot"] {
            assert_eq!(guess_group(refunded), Some(StatusGroup::Cancelled));
        }
        assert_eq!(guess_group("Partially refunded"), None);
    }

    #[test]
    fn group_names_read_back() {
        for group in ["not_counted", "in_work", "paid", "cancelled"] {
            assert_eq!(group.parse::<StatusGroup>().unwrap().name(), group);
        }
        assert!("unmapped".parse::<StatusGroup>().is_err());
    }
}
