//! Exact fractions: what formulas are worked out in, so that nothing is rounded on the way.

use base::Ratio;

/// A fraction in lowest terms with a positive denominator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Rational {
    top: i128,
    bottom: i128,
}

impl Rational {
    /// `None` for a denominator of zero and for what does not fit.
    pub(crate) fn new(top: i128, bottom: i128) -> Option<Self> {
        if bottom == 0 || top == i128::MIN || bottom == i128::MIN {
            return None;
        }
        let common = gcd(top, bottom)?;
        let sign = bottom.signum();
        Some(Self {
            top: sign * (top / common),
            bottom: sign * (bottom / common),
        })
    }

    pub(crate) fn is_zero(self) -> bool {
        self.top == 0
    }

    pub(crate) fn negated(self) -> Self {
        Self {
            top: -self.top,
            bottom: self.bottom,
        }
    }

    /// `None` for what does not fit, as everywhere below.
    pub(crate) fn plus(self, other: Self) -> Option<Self> {
        let common = gcd(self.bottom, other.bottom)?;
        let (left, right) = (other.bottom / common, self.bottom / common);
        let sum = self
            .top
            .checked_mul(left)?
            .checked_add(other.top.checked_mul(right)?)?;
        Self::new(sum, self.bottom.checked_mul(left)?)
    }

    pub(crate) fn times(self, other: Self) -> Option<Self> {
        // What cancels out is taken out before it can overflow.
        let (left, right) = (gcd(self.top, other.bottom)?, gcd(other.top, self.bottom)?);
        let top = (self.top / left).checked_mul(other.top / right)?;
        let bottom = (self.bottom / right).checked_mul(other.bottom / left)?;
        Self::new(top, bottom)
    }

    /// `None` also where the other is zero.
    pub(crate) fn over(self, other: Self) -> Option<Self> {
        self.times(Self::new(other.bottom, other.top)?)
    }

    pub(crate) fn ratio(self) -> Option<Ratio> {
        Ratio::new(self.top, self.bottom)
    }

    /// The whole part, whatever its sign.
    pub(crate) fn magnitude(self) -> i128 {
        (self.top / self.bottom).abs()
    }

    #[cfg(test)]
    pub(crate) fn parts(self) -> (i128, i128) {
        (self.top, self.bottom)
    }
}

/// The greatest common divisor, at least 1.
fn gcd(left: i128, right: i128) -> Option<i128> {
    let (mut left, mut right) = (left.unsigned_abs(), right.unsigned_abs());
    while right != 0 {
        (left, right) = (right, left % right);
    }
    i128::try_from(left.max(1)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(top: i128, bottom: i128) -> Rational {
        Rational::new(top, bottom).unwrap()
    }

    #[test]
    fn fractions_are_kept_in_lowest_terms() {
        assert_eq!(of(6, -8).parts(), (-3, 4));
        assert_eq!(of(1, 6).plus(of(1, 3)).unwrap().parts(), (1, 2));
        assert_eq!(of(2, 3).over(of(-4, 9)).unwrap().parts(), (-3, 2));
        assert_eq!(of(1, 2).over(of(0, 1)), None);
    }

    #[test]
    fn what_does_not_fit_is_nothing() {
        let large = of(i128::MAX, 1);
        assert_eq!(large.plus(of(1, 1)), None);
        assert_eq!(large.times(of(2, 1)), None);
        assert_eq!(large.times(of(1, i128::MAX)).unwrap().parts(), (1, 1));
        assert_eq!(Rational::new(i128::MIN, 1), None);
    }
}
