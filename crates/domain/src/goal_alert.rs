//! Whether what was seen of a goal is worth telling.

/// When an alert speaks. Numbers are in millionths: of visitors or times, or of a percent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Condition {
    Below(i64),
    Above(i64),
    /// Differs from the period before by more than so many percent of that.
    Change(i64),
}

/// A whole in millionths of a percent.
const WHOLE_MICROS: i128 = 100 * 1_000_000;

impl Condition {
    /// `None` where there is no such condition.
    #[must_use]
    pub fn new(name: &str, bound_micros: i64) -> Option<Self> {
        match name {
            "below" => Some(Self::Below(bound_micros)),
            "above" => Some(Self::Above(bound_micros)),
            "change" => Some(Self::Change(bound_micros)),
            _ => None,
        }
    }

    /// Whether the alert speaks. What is not known is nothing to speak of, and from nothing there
    /// is no change in percent.
    #[must_use]
    pub fn speaks(self, value_micros: Option<i64>, before_micros: Option<i64>) -> bool {
        let Some(value) = value_micros.map(i128::from) else {
            return false;
        };
        match self {
            Self::Below(bound) => value < i128::from(bound),
            Self::Above(bound) => value > i128::from(bound),
            Self::Change(bound) => {
                let before = before_micros.map(i128::from).filter(|before| *before > 0);
                before.is_some_and(|before| {
                    (value - before).abs() * WHOLE_MICROS > i128::from(bound) * before
                })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: i64 = 1_000_000;

    fn check(name: &str, bound: i64, value: Option<i64>, before: Option<i64>, wanted: bool) {
        let condition = Condition::new(name, bound * ONE).unwrap();
        let [value, before] = [value, before].map(|count| count.map(|count| count * ONE));
        assert_eq!(condition.speaks(value, before), wanted, "{name} {bound}");
    }

    #[test]
    fn an_alert_speaks_beyond_its_bound_and_not_at_it() {
        check("below", 5, Some(4), None, true);
        check("below", 5, Some(5), None, false);
        check("above", 5, Some(6), None, true);
        check("above", 5, Some(5), None, false);
        check("change", 20, Some(79), Some(100), true);
        check("change", 20, Some(80), Some(100), false);
        check("change", 20, Some(121), Some(100), true);
    }

    #[test]
    fn what_is_not_known_is_nothing_to_speak_of() {
        check("below", 5, None, Some(9), false);
        check("change", 20, Some(9), None, false);
        check("change", 20, Some(9), Some(0), false);
        assert_eq!(Condition::new("near", 1), None);
    }
}
