//! Telling whether a text that nobody has parsed names a person.

use std::collections::BTreeSet;

/// The digits of a number that are the same however it is written: without the country's prefix.
const TELLING_DIGITS: usize = 9;
/// Fewer digits name nobody.
const DIGITS_MIN: usize = 7;

/// Looks for somebody's numbers and addresses.
pub(super) struct Matcher {
    digits: BTreeSet<String>,
    emails: BTreeSet<String>,
}

impl Matcher {
    pub(super) fn new(phones: &BTreeSet<String>, emails: &BTreeSet<String>) -> Self {
        let digits = phones.iter().map(|phone| {
            let digits: String = phone.chars().filter(char::is_ascii_digit).collect();
            let spare = digits.len().saturating_sub(TELLING_DIGITS);
            digits[spare..].to_owned()
        });
        let emails = emails.iter().filter(|email| email.contains('@'));
        let spellings = emails.flat_map(|email| {
            let email = email.to_lowercase();
            [email.replace('@', "%40"), email]
        });
        Self {
            digits: digits.filter(|digits| digits.len() >= DIGITS_MIN).collect(),
            emails: spellings.collect(),
        }
    }

    pub(super) fn meets(&self, text: &str) -> bool {
        let text = text.to_lowercase();
        if self.emails.iter().any(|email| stands_in(&text, email)) {
            return true;
        }
        let numbers = text.split(|letter: char| !is_of_number(letter));
        let mut numbers = numbers.map(|number| -> String {
            let digits = number.chars().filter(char::is_ascii_digit);
            digits.collect()
        });
        numbers.any(|number| self.digits.iter().any(|digits| number.ends_with(digits)))
    }
}

/// Whether the address is in the text, and not the end of a longer one.
fn stands_in(text: &str, email: &str) -> bool {
    text.match_indices(email).any(|(at, _)| {
        let before = text[..at].chars().next_back();
        !before.is_some_and(|letter| letter.is_alphanumeric() || matches!(letter, '.' | '_' | '-'))
    })
}

/// What people write between the digits of a number.
fn is_of_number(letter: char) -> bool {
    letter.is_ascii_digit() || matches!(letter, ' ' | '+' | '-' | '(' | ')' | '.' | '/')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matcher() -> Matcher {
        let set = |text: &str| BTreeSet::from([text.to_owned()]);
        Matcher::new(&set("+48501234567"), &set("Anna@mail.example"))
    }

    #[test]
    fn numbers_and_addresses_are_met_however_they_are_written() {
        for text in [
            r#"["12","501 234-567","x"]"#,
            "name=A&phone=%2B48501234567&x=1",
            "phone=+48 (501) 234.567",
            "mail=ANNA%40mail.example",
            "<anna@mail.example>",
        ] {
            assert!(matcher().meets(text), "{text}");
        }
    }

    #[test]
    fn others_are_not_met() {
        for text in [
            "",
            "501234568",
            "5012345670",
            "joanna@mail.example",
            "[\"5\",\"01234567\"]",
        ] {
            assert!(!matcher().meets(text), "{text}");
        }
    }

    #[test]
    fn short_numbers_name_nobody() {
        let phones = BTreeSet::from(["112".to_owned()]);
        let matcher = Matcher::new(&phones, &BTreeSet::new());
        assert!(!matcher.meets("call 112"));
    }
}
