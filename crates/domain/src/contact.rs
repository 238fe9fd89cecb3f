//! Telephone numbers and e-mail addresses in one normal form each.
//!
//! Two spellings of one number or address are equal here and nowhere else: leads, deals and people
//! are matched by these types. Whoever stores a contact keeps the text as it was typed beside them.

use std::fmt;

use base::Country;
use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization;

/// Longest text that is looked at as a telephone number.
pub const PHONE_TEXT_CHARS_MAX: usize = 64;
/// Fewest digits of a number that can be dialled from abroad.
pub const PHONE_DIGITS_MIN: usize = 8;
/// Most digits that E.164 allows.
pub const PHONE_DIGITS_MAX: usize = 15;
/// Longest address that a mail server has to accept.
pub const EMAIL_BYTES_MAX: usize = 254;
/// Longest part before the `@`.
pub const EMAIL_LOCAL_BYTES_MAX: usize = 64;

/// A telephone number in E.164: a plus sign and 8 to 15 digits. An extension is left out.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Phone(String);

/// An e-mail address: trimmed, composed (NFC), lower case, with the domain in its ASCII form.
///
/// Dots and `+tags` stay: they tell people apart on most servers.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Email(String);

/// Text that is no telephone number or no address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ContactError {
    #[error("{0:?} is not a telephone number that can be dialled")]
    Phone(String),
    #[error("{0:?} is a number that nobody answers: it is kept for examples or made of one digit")]
    FakePhone(String),
    #[error("{0:?} is not an e-mail address")]
    Email(String),
}

impl Phone {
    /// Reads a number as people write it; `home` is the country of a number without a prefix.
    ///
    /// # Errors
    /// When the text is no valid number, or one from an example range.
    pub fn parse(text: &str, home: Country) -> Result<Self, ContactError> {
        let wrong = || ContactError::Phone(text.chars().take(PHONE_TEXT_CHARS_MAX).collect());
        if text.chars().count() > PHONE_TEXT_CHARS_MAX {
            return Err(wrong());
        }
        let dialled = international(&digits_of(text).ok_or_else(wrong)?, home);
        // What has a prefix is the same number from wherever it is dialled.
        let id = match dialled.starts_with('+') {
            true => None,
            false => home.code().parse().ok(),
        };
        let number = phonenumber::parse(id, &dialled).map_err(|_| wrong())?;
        let shown = number.format().mode(phonenumber::Mode::E164).to_string();
        let digits = shown.trim_start_matches('+');
        if !(PHONE_DIGITS_MIN..=PHONE_DIGITS_MAX).contains(&digits.len()) {
            return Err(wrong());
        }
        if is_fake(digits, &number.national().to_string()) {
            return Err(ContactError::FakePhone(text.to_owned()));
        }
        if !number.is_valid() {
            return Err(wrong());
        }
        Ok(Self(shown))
    }

    /// The number in E.164.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Email {
    /// # Errors
    /// When the text is not one address with a domain that has a dot.
    pub fn parse(text: &str) -> Result<Self, ContactError> {
        let wrong = || ContactError::Email(text.chars().take(EMAIL_BYTES_MAX).collect());
        let trimmed = text.trim();
        // Bounds the work on hostile text; composing can only make an address shorter.
        if trimmed.len() > EMAIL_BYTES_MAX * 4 {
            return Err(wrong());
        }
        let folded: String = trimmed
            .nfc()
            .collect::<String>()
            .to_lowercase()
            .nfc()
            .collect();
        let (local, domain) = folded.rsplit_once('@').ok_or_else(wrong)?;
        let domain = idna::domain_to_ascii(domain).map_err(|_| wrong())?;
        if !is_local_part(local) || !is_domain(&domain) {
            return Err(wrong());
        }
        let whole = format!("{local}@{domain}");
        if whole.len() > EMAIL_BYTES_MAX {
            Err(wrong())
        } else {
            Ok(Self(whole))
        }
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Phone {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

impl fmt::Display for Email {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

/// The digits, after a plus sign if there is one; `None` where anything else is among them.
fn digits_of(text: &str) -> Option<String> {
    let lower = text.trim().to_lowercase();
    let lower = lower.strip_prefix("tel:").unwrap_or(&lower);
    let number = without_extension(lower);
    let mut digits = String::with_capacity(PHONE_DIGITS_MAX + 1);
    for letter in number.chars() {
        match letter {
            '+' | '\u{ff0b}' if digits.is_empty() => digits.push('+'),
            '0'..='9' => digits.push(letter),
            ' '
            | '\u{a0}'
            | '\u{202f}'
            | '\t'
            | '('
            | ')'
            | '.'
            | '/'
            | '-'
            | '\u{2010}'..='\u{2015}'
            | '\u{2212}' => {}
            _ => return None,
        }
    }
    Some(digits)
}

fn without_extension(number: &str) -> &str {
    const MARKS: [&str; 8] = [",", ";", "#", "доб", "вн", "ext", "wew", "x"];
    let cut = MARKS.iter().filter_map(|mark| number.find(mark)).min();
    cut.map_or(number, |at| &number[..at])
}

/// Puts the country's prefix in front where local habit leaves it out.
fn international(digits: &str, home: Country) -> String {
    if let Some(rest) = digits.strip_prefix("00") {
        return format!("+{rest}");
    }
    let local = match (home.code(), digits.len(), digits.as_bytes().first()) {
        ("RU" | "KZ", 11, Some(b'8')) => Some(format!("+7{}", &digits[1..])),
        ("RU" | "KZ", 11, Some(b'7')) | ("PL", 11, Some(b'4')) if !digits.starts_with('+') => {
            Some(format!("+{digits}"))
        }
        ("RU", 10, Some(b'9')) => Some(format!("+7{digits}")),
        ("PL", 9, _) if !digits.starts_with('+') => Some(format!("+48{digits}")),
        _ => None,
    };
    local.unwrap_or_else(|| digits.to_owned())
}

/// One repeated digit, or the range that films and examples use in North America.
fn is_fake(digits: &str, national: &str) -> bool {
    let one_digit = |text: &str| {
        text.bytes()
            .all(|byte| text.as_bytes().first() == Some(&byte))
    };
    let in_examples =
        digits.len() == 11 && digits.starts_with('1') && digits.get(4..9) == Some("55501");
    one_digit(digits) || one_digit(national) || in_examples
}

fn is_local_part(local: &str) -> bool {
    let dots_fit = !local.starts_with('.') && !local.ends_with('.') && !local.contains("..");
    let letter_fits = |letter: char| {
        !letter.is_whitespace() && !letter.is_control() && !"()<>[],;:\\\"@".contains(letter)
    };
    !local.is_empty()
        && local.len() <= EMAIL_LOCAL_BYTES_MAX
        && dots_fit
        && local.chars().all(letter_fits)
}

fn is_domain(domain: &str) -> bool {
    let label_fits = |label: &str| {
        !label.is_empty()
            && label.len() <= 63
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    domain.contains('.') && domain.split('.').all(label_fits)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn check_phone(text: &str, home: &str, want: Option<&str>) {
        let phone = Phone::parse(text, Country::from_code(home)).ok();
        assert_eq!(phone.as_ref().map(Phone::as_str), want, "{text} in {home}");
    }

    fn check_email(text: &str, want: Option<&str>) {
        let email = Email::parse(text).ok();
        assert_eq!(email.as_ref().map(Email::as_str), want, "{text}");
    }

    #[test]
    fn russian_numbers_come_out_alike() {
        for text in [
            "8 (916) 123-45-67",
            "+7 916 123 45 67",
            "7 916 123-45-67",
            "9161234567",
            "8-916-123-45-67 доб. 12",
            "007 916 1234567",
            "tel:+7-916-123-45-67",
            "8\u{a0}916\u{a0}123\u{2013}45\u{2013}67",
        ] {
            check_phone(text, "RU", Some("+79161234567"));
        }
        check_phone("8 495 123-45-67", "RU", Some("+74951234567"));
    }

    #[test]
    fn polish_numbers_come_out_alike() {
        for text in [
            "512 345 678",
            "+48 512-345-678",
            "48512345678",
            "0048 512345678 wew. 3",
        ] {
            check_phone(text, "PL", Some("+48512345678"));
        }
        check_phone("22 621 01 36", "PL", Some("+48226210136"));
    }

    #[test]
    fn a_foreign_number_needs_no_home_country() {
        check_phone("+44 20 7946 0018", "", Some("+442079460018"));
        check_phone("020 7946 0018", "GB", Some("+442079460018"));
        check_phone("020 7946 0018", "", None);
        check_phone("+48 512 345 678", "RU", Some("+48512345678"));
        for home in ["PL", "DE", "RU", ""] {
            // The range of numbers that are free to call begins with no country's prefix.
            check_phone("+0080000000045", home, None);
            check_phone("+800 1234 5678", home, Some("+80012345678"));
            check_phone("+44 (0) 20 7946 0018", home, Some("+442079460018"));
        }
    }

    #[test]
    fn what_nobody_answers_is_refused() {
        for text in [
            "",
            "12",
            "anonymous",
            "+7 999 999 99 99",
            "0000000000",
            "123",
            "+12025550123",
            "+7 916 123 45 67 89 01 23",
            "call me",
            "+",
            "++7 916 123 45 67",
        ] {
            check_phone(text, "RU", None);
        }
    }

    #[test]
    fn addresses_come_out_alike() {
        check_email(
            "  Anna.Nowak+Ads@Example.COM ",
            Some("anna.nowak+ads@example.com"),
        );
        check_email("ПОЧТА@Пример.рф", Some("почта@xn--e1afmkfd.xn--p1ai"));
        check_email("zoe\u{301}@example.org", Some("zo\u{e9}@example.org"));
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for text in [
            "",
            "@",
            "a@",
            "@b.c",
            "a@b",
            "a b@c.de",
            "a@b..de",
            ".a@b.de",
            "a@-b.de",
            "a@b.de,c@d.e",
            "<a@b.de>",
            "a@@b.de",
        ] {
            check_email(text, None);
        }
        check_email(&format!("{}@example.com", "a".repeat(65)), None);
    }

    proptest! {
        #[test]
        fn no_text_panics(text: String, home in "[A-Z]{0,2}") {
            let _ = Phone::parse(&text, Country::from_code(&home));
            let _ = Email::parse(&text);
        }

        #[test]
        fn a_normal_form_is_its_own_normal_form(
            text in "[+0-9]{7,14}",
            mail in "[A-Za-zéЯ.]{1,9}@[a-zЯ]{1,6}\\.[a-z]{2,3}",
        ) {
            for home in ["RU", "PL", "DE"] {
                let phone = Phone::parse(&text, Country::from_code(home));
                for other in ["RU", "PL", "DE", ""] {
                    let other = Country::from_code(other);
                    if let Ok(phone) = phone.clone() {
                        prop_assert_eq!(Phone::parse(phone.as_str(), other), Ok(phone));
                    }
                    if text.starts_with('+') {
                        prop_assert_eq!(Phone::parse(&text, other).ok(), phone.clone().ok());
                    }
                }
            }
            if let Ok(email) = Email::parse(&mail) {
                prop_assert_eq!(Email::parse(email.as_str()), Ok(email));
            }
        }
    }
}
