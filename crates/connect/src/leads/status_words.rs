//! What forms services, CRMs and people call the statuses of a lead, in three languages.

use domain::lead::LeadStatus;

/// The status that a word stands for; nothing where nobody usually calls one so.
pub(super) fn status_of(word: &str) -> Option<LeadStatus> {
    let word = plain(word);
    word.parse().ok().or_else(|| {
        let (_, status) = WORDS
            .iter()
            .find(|(words, _)| words.contains(&word.as_str()))?;
        Some(*status)
    })
}

/// In small letters, with one space between words; signs that are written either way are alike.
fn plain(word: &str) -> String {
    let lower = word
        .to_lowercase()
        .replace('ё', "е")
        .replace(['_', '-', '–'], " ");
    let words: Vec<&str> = lower.split_whitespace().collect();
    words.join(" ")
}

const WORDS: [(&[&str], LeadStatus); 7] = [
    (
        &[
            "open",
            "new lead",
            "unprocessed",
            "not contacted",
            "open not contacted",
            "новый",
            "новая",
            "новое",
            "новый лид",
            "новая заявка",
            "не обработан",
            "не обработана",
            "необработанный",
            "неразобранное",
            "nowy",
            "nowa",
            "nowe",
            "nowy lead",
            "nieprzetworzony",
        ],
        LeadStatus::New,
    ),
    (
        &[
            "in progress",
            "in work",
            "contacted",
            "connected",
            "attempted to contact",
            "working contacted",
            "follow up",
            "в работе",
            "в обработке",
            "взят в работу",
            "обработан",
            "обработана",
            "первичный контакт",
            "недозвон",
            "перезвонить",
            "думает",
            "переговоры",
            "w toku",
            "w trakcie",
            "w realizacji",
            "w kontakcie",
            "skontaktowano",
            "oddzwonić",
        ],
        LeadStatus::Working,
    ),
    (
        &[
            "accepted",
            "mql",
            "sql",
            "good",
            "quality",
            "target",
            "hot",
            "pre qualified",
            "квалифицирован",
            "квалифицирована",
            "квалифицированный",
            "качественный",
            "качественная",
            "качественный лид",
            "целевой",
            "целевая",
            "целевой лид",
            "горячий",
            "zakwalifikowany",
            "zakwalifikowana",
            "kwalifikowany",
            "wartościowy",
            "dobry",
            "gorący",
        ],
        LeadStatus::Qualified,
    ),
    (
        &[
            "rejected",
            "refused",
            "lost",
            "lost lead",
            "bad",
            "unqualified",
            "not qualified",
            "not interested",
            "closed not converted",
            "не целевой",
            "нецелевой",
            "нецелевая",
            "не квалифицирован",
            "некачественный",
            "некачественная",
            "некачественный лид",
            "отказ",
            "отклонен",
            "отклонена",
            "потерян",
            "закрыто и не реализовано",
            "odrzucony",
            "odrzucona",
            "odmowa",
            "utracony",
            "przegrany",
            "niezakwalifikowany",
            "niekwalifikowany",
            "niezainteresowany",
        ],
        LeadStatus::Disqualified,
    ),
    (
        &[
            "won",
            "sold",
            "sale",
            "customer",
            "client",
            "closed converted",
            "сделка",
            "конвертирован",
            "конвертирована",
            "продажа",
            "продано",
            "оплачен",
            "клиент",
            "успешно реализовано",
            "sprzedaż",
            "sprzedany",
            "sprzedane",
            "wygrany",
            "wygrana",
            "klient",
            "skonwertowany",
        ],
        LeadStatus::Converted,
    ),
    (
        &["junk", "junk lead", "fake", "спам", "фейк", "бот", "śmieć"],
        LeadStatus::Spam,
    ),
    (
        &[
            "double",
            "repeated",
            "дубль",
            "дубликат",
            "повтор",
            "повторный",
            "duplikat",
            "powtórzony",
        ],
        LeadStatus::Duplicate,
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn usual_words_of_three_languages_are_statuses_however_they_are_written() {
        for (word, status) in [
            ("working", Some(LeadStatus::Working)),
            ("  Open – Not Contacted", Some(LeadStatus::New)),
            ("Open - Not Contacted", Some(LeadStatus::New)),
            ("In_Progress", Some(LeadStatus::Working)),
            ("Качественный", Some(LeadStatus::Qualified)),
            ("НЕКАЧЕСТВЕННЫЙ  лид", Some(LeadStatus::Disqualified)),
            ("отклонён", Some(LeadStatus::Disqualified)),
            ("W toku", Some(LeadStatus::Working)),
            ("Śmieć", Some(LeadStatus::Spam)),
            ("перезвон в июне", None),
        ] {
            assert_eq!(status_of(word), status, "{word}");
        }
    }

    #[test]
    fn no_word_stands_for_two_statuses() {
        let mut all: Vec<&str> = WORDS
            .iter()
            .flat_map(|(words, _)| *words)
            .copied()
            .collect();
        let count = all.len();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), count);
        assert!(all.iter().all(|word| plain(word) == *word));
    }
}
