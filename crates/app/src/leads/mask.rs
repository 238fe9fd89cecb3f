//! Contacts for those who may read leads and not see who they are.

use serde_json::json;
use store::leads::Lead;

const HIDDEN: &str = "•••";

/// The lead with enough of its contacts left to tell two leads apart.
pub(crate) fn masked(mut lead: Lead) -> Lead {
    let details = &mut lead.details;
    details.name = name(&details.name);
    details.phone = phone(&details.phone);
    details.phone_e164 = None;
    details.email = email(&details.email);
    details.email_norm = None;
    details.message = String::new();
    details.fields = json!({});
    lead
}

/// First letter.
pub(crate) fn name(name: &str) -> String {
    let first = name.chars().next();
    first.map_or_else(String::new, |first| format!("{first}{HIDDEN}"))
}

/// Last two digits.
fn phone(phone: &str) -> String {
    let digits: Vec<char> = phone.chars().filter(char::is_ascii_digit).collect();
    match digits.as_slice() {
        [] => String::new(),
        [.., tens, ones] if digits.len() > 4 => format!("{HIDDEN}{tens}{ones}"),
        _ => HIDDEN.to_owned(),
    }
}

/// First letter and the domain.
fn email(email: &str) -> String {
    match email.rsplit_once('@') {
        Some((local, domain)) => format!("{}@{domain}", name(local)),
        None => name(email),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn enough_is_left_to_tell_two_apart_and_too_little_to_call() {
        assert_eq!(name("Łucja Nowak"), "Ł•••");
        assert_eq!(phone("+48 601 234 567"), "•••67");
        assert_eq!(phone("112"), "•••");
        assert_eq!(email("anna@poczta.example"), "a•••@poczta.example");
        assert_eq!((name(""), phone(""), email("")), Default::default());
    }
}
