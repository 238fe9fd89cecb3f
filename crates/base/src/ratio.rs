//! A ratio that knows its parts and refuses a zero denominator.

use serde::{Deserialize, Serialize};

/// Exact quotient of two integers of the same or different units; never holds a zero denominator.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ratio {
    numerator: i128,
    denominator: i128,
}

impl Ratio {
    /// `None` where the denominator is zero: x/0 cannot be computed and is never 0.
    #[must_use]
    pub fn new(numerator: i128, denominator: i128) -> Option<Self> {
        (denominator != 0).then_some(Self {
            numerator,
            denominator,
        })
    }

    #[must_use]
    pub fn numerator(self) -> i128 {
        self.numerator
    }

    #[must_use]
    pub fn denominator(self) -> i128 {
        self.denominator
    }

    /// The quotient times `scale`, rounded half away from zero. `None` on overflow.
    #[must_use]
    pub fn scaled(self, scale: i128) -> Option<i128> {
        let product = self.numerator.checked_mul(scale)?;
        let (whole, rest) = (product / self.denominator, product % self.denominator);
        let round_up = rest.unsigned_abs() * 2 >= self.denominator.unsigned_abs();
        let sign = if (product < 0) == (self.denominator < 0) {
            1
        } else {
            -1
        };
        Some(if round_up { whole + sign } else { whole })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_divided_by_zero() {
        assert_eq!(Ratio::new(1, 0), None);
    }

    #[test]
    fn halves_round_away_from_zero() {
        let scaled = |top, bottom| Ratio::new(top, bottom).and_then(|ratio| ratio.scaled(1));
        assert_eq!(scaled(5, 2), Some(3));
        assert_eq!(scaled(-5, 2), Some(-3));
        assert_eq!(scaled(5, -2), Some(-3));
        assert_eq!(scaled(4, 3), Some(1));
    }
}
