//! When a paid deal makes its lead a sale, and when somebody's word about the lead stands instead.
//!
//! A lead is what was last said of it, unless one of its deals is a sale: then it is a sale from
//! that moment on, for as long as the deal is one. Nothing that was said is lost by it.

use base::UnixMillis;

use super::LeadStatus;

/// A status that was said of a lead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StatusWord {
    pub at: UnixMillis,
    pub status: LeadStatus,
    pub by: Speaker,
}

/// Who said it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Speaker {
    /// The lead came with it, or a file told it.
    Source,
    /// Somebody judged the lead, in the interface or through the API.
    Person,
}

/// A deal that is a sale, and not returned in full.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LeadSale {
    /// When it was paid, as the numbers have it.
    pub at: UnixMillis,
    /// A person's word from before gives way to the sale. Later than `at` where only the day of
    /// the payment is known, or not even that.
    pub overrides_until: UnixMillis,
}

/// Since when the lead is a sale; `None` while what was said of it stands.
///
/// - A person's word stands against every sale from before it.
/// - What a source says never does: the money is better known than the file.
/// - A duplicate stays one. It is counted where the request was made first.
#[must_use]
pub fn sold_since(
    created: UnixMillis,
    words: &[StatusWord],
    sales: &[LeadSale],
) -> Option<UnixMillis> {
    if words.last().map(|word| word.status) == Some(LeadStatus::Duplicate) {
        return None;
    }
    let persons = words.iter().filter(|word| word.by == Speaker::Person);
    let judged = persons.map(|word| word.at).max();
    let stands = |sale: &&LeadSale| judged.is_none_or(|judged| judged < sale.overrides_until);
    let first = sales.iter().filter(stands).map(|sale| sale.at).min();
    first.map(|first| first.max(created))
}

/// The statuses that a lead went through: what was said of it until it became a sale, and that.
#[must_use]
pub fn statuses(
    words: &[StatusWord],
    sold_at: Option<UnixMillis>,
) -> Vec<(UnixMillis, LeadStatus)> {
    let is_before = |at: UnixMillis| sold_at.is_none_or(|sold_at| at <= sold_at);
    let (first, rest) = words.split_at(words.len().min(1));
    let said = first
        .iter()
        .chain(rest.iter().filter(|word| is_before(word.at)))
        .map(|word| (word.at, word.status));
    let sold = sold_at.map(|at| (at, LeadStatus::Converted));
    said.chain(sold).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const CREATED: UnixMillis = UnixMillis(10);

    fn word(at: i64, status: LeadStatus, by: Speaker) -> StatusWord {
        StatusWord {
            at: UnixMillis(at),
            status,
            by,
        }
    }

    fn arrived() -> StatusWord {
        word(10, LeadStatus::New, Speaker::Source)
    }

    fn paid(at: i64) -> LeadSale {
        LeadSale {
            at: UnixMillis(at),
            overrides_until: UnixMillis(at),
        }
    }

    fn check(words: &[StatusWord], sales: &[LeadSale], want: Option<i64>) {
        let sold = sold_since(CREATED, words, sales);
        assert_eq!(sold, want.map(UnixMillis), "{words:?} {sales:?}");
    }

    #[test]
    fn the_first_sale_makes_the_lead_one_and_none_leaves_it() {
        check(&[arrived()], &[], None);
        check(&[arrived()], &[paid(30), paid(20)], Some(20));
        check(&[], &[paid(20)], Some(20));
    }

    #[test]
    fn a_sale_from_before_its_lead_counts_from_the_lead_on() {
        check(&[arrived()], &[paid(3)], Some(10));
    }

    #[test]
    fn a_later_word_of_a_person_stands_until_the_next_sale() {
        let spam = word(20, LeadStatus::Spam, Speaker::Person);
        check(&[arrived(), spam], &[paid(15)], None);
        check(&[arrived(), spam], &[paid(20)], None);
        check(&[arrived(), spam], &[paid(15), paid(25)], Some(25));
    }

    #[test]
    fn a_word_of_the_day_of_the_payment_gives_way_until_the_payment_is_known() {
        let qualified = word(20, LeadStatus::Qualified, Speaker::Person);
        let dated = LeadSale {
            at: UnixMillis(15),
            overrides_until: UnixMillis(22),
        };
        check(&[arrived(), qualified], &[dated], Some(15));
        let later = word(23, LeadStatus::Working, Speaker::Person);
        check(&[arrived(), qualified, later], &[dated], None);
    }

    #[test]
    fn a_file_never_speaks_against_a_sale() {
        let lost = word(20, LeadStatus::Disqualified, Speaker::Source);
        check(&[arrived(), lost], &[paid(15)], Some(15));
    }

    #[test]
    fn a_duplicate_stays_one() {
        let again = word(10, LeadStatus::Duplicate, Speaker::Source);
        check(&[again], &[paid(15)], None);
        let after_all = word(12, LeadStatus::Working, Speaker::Person);
        check(&[again, after_all], &[paid(15)], Some(15));
    }

    #[test]
    fn what_was_said_after_the_sale_is_no_step_of_the_lead() {
        let qualified = word(12, LeadStatus::Qualified, Speaker::Person);
        let lost = word(20, LeadStatus::Disqualified, Speaker::Source);
        let words = [arrived(), qualified, lost];
        let steps = |sold_at: Option<i64>| -> Vec<_> {
            let steps = statuses(&words, sold_at.map(UnixMillis));
            steps.iter().map(|(at, to)| (at.0, to.name())).collect()
        };
        let all = [(10, "new"), (12, "qualified"), (20, "disqualified")];
        assert_eq!(steps(None), all);
        assert_eq!(
            steps(Some(15)),
            [(10, "new"), (12, "qualified"), (15, "converted")]
        );
        assert_eq!(steps(Some(10)), [(10, "new"), (10, "converted")]);
    }
}
