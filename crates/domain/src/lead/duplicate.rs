//! When a lead is the same request again.

use base::{LeadId, UnixMillis};

use super::LeadStatus;
use crate::contact::{Email, Phone};

/// A request of the same person counts once in this many days, unless the workspace says otherwise.
pub const DUPLICATE_WINDOW_DAYS_DEFAULT: u32 = 30;

const DAY_MS: i64 = 86_400_000;

/// The part of a new lead that is compared.
#[derive(Debug, Clone, Copy)]
pub struct NewLead<'a> {
    pub at: UnixMillis,
    pub phone: Option<&'a Phone>,
    pub email: Option<&'a Email>,
}

/// A lead that is already there.
#[derive(Debug, Clone)]
pub struct EarlierLead {
    pub id: LeadId,
    pub at: UnixMillis,
    pub status: LeadStatus,
    /// The lead that this one repeats.
    pub duplicate_of: Option<LeadId>,
    pub phone: Option<Phone>,
    pub email: Option<Email>,
}

/// The lead that `new` repeats: the latest one within the window with the same phone or e-mail.
///
/// Spam makes nobody a duplicate, and a duplicate of a duplicate points to the original.
#[must_use]
pub fn find_duplicate(
    new: NewLead<'_>,
    earlier: &[EarlierLead],
    window_days: u32,
) -> Option<LeadId> {
    let window_ms = i64::from(window_days) * DAY_MS;
    earlier
        .iter()
        .filter(|lead| lead.status != LeadStatus::Spam)
        .filter(|lead| (0..=window_ms).contains(&new.at.since_ms(lead.at)))
        .filter(|lead| same(new.phone, lead.phone.as_ref()) || same(new.email, lead.email.as_ref()))
        .max_by_key(|lead| (lead.at, lead.id))
        .map(|lead| lead.duplicate_of.unwrap_or(lead.id))
}

fn same<T: PartialEq>(left: Option<&T>, right: Option<&T>) -> bool {
    left.is_some() && left == right
}

#[cfg(test)]
mod tests {
    use base::Country;

    use super::*;

    fn phone(text: &str) -> Option<Phone> {
        Phone::parse(text, Country::from_code("PL")).ok()
    }

    fn lead(id: i64, day: i64, status: LeadStatus) -> EarlierLead {
        EarlierLead {
            id: LeadId(id),
            at: UnixMillis(day * DAY_MS),
            status,
            duplicate_of: None,
            phone: phone("512345678"),
            email: Email::parse("anna@example.com").ok(),
        }
    }

    fn check(day: i64, earlier: &[EarlierLead], want: Option<i64>) {
        let phone = phone("+48 512 345 678");
        let new = NewLead {
            at: UnixMillis(day * DAY_MS),
            phone: phone.as_ref(),
            email: None,
        };
        let found = find_duplicate(new, earlier, DUPLICATE_WINDOW_DAYS_DEFAULT);
        assert_eq!(found, want.map(LeadId));
    }

    #[test]
    fn the_same_phone_within_the_window_is_a_duplicate() {
        check(40, &[lead(1, 10, LeadStatus::New)], Some(1));
        check(41, &[lead(1, 10, LeadStatus::New)], None);
        check(9, &[lead(1, 10, LeadStatus::New)], None);
    }

    #[test]
    fn a_chain_of_duplicates_points_to_the_original() {
        let again = EarlierLead {
            duplicate_of: Some(LeadId(1)),
            ..lead(2, 20, LeadStatus::Duplicate)
        };
        check(45, &[lead(1, 10, LeadStatus::New), again], Some(1));
    }

    #[test]
    fn spam_makes_nobody_a_duplicate() {
        check(11, &[lead(1, 10, LeadStatus::Spam)], None);
    }

    #[test]
    fn leads_without_contacts_never_match() {
        let silent = EarlierLead {
            phone: None,
            email: None,
            ..lead(1, 10, LeadStatus::New)
        };
        let new = NewLead {
            at: UnixMillis(10 * DAY_MS),
            phone: None,
            email: None,
        };
        assert_eq!(find_duplicate(new, &[silent], 30), None);
    }
}
