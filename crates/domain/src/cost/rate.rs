//! Exchange rates as exact fractions: the way back is as exact as the way there.

use base::{Currency, Money, MoneyError};
use serde::{Deserialize, Serialize};

use super::price::rounded;

/// Decimals that a written rate may have.
const RATE_DECIMALS_MAX: usize = 12;
/// Digits that a written rate may have before its decimal point.
const RATE_WHOLE_DIGITS_MAX: usize = 9;
/// Units of the source currency that a rate may be quoted for.
pub const RATE_NOMINAL_MAX: i64 = 1_000_000;
/// Larger terms are made smaller, so that any amount times a term fits into 128 bits.
const TERM_MAX: i128 = 1 << 62;

/// How many units of the target currency one unit of the source currency is worth: a fraction in
/// lowest terms, both above zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Rate(i64, i64);

/// A rate that is zero, negative or no number.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not an exchange rate above zero with at most {RATE_DECIMALS_MAX} decimals")]
pub struct RateError(pub String);

impl Rate {
    pub const ONE: Self = Self(1, 1);

    /// `units` of the target for `nominal` units of the source, `units` as a decimal with a point
    /// or a comma.
    ///
    /// # Errors
    /// When either is not above zero, or too long to be kept.
    pub fn quoted(units: &str, nominal: i64) -> Result<Self, RateError> {
        let wrong = || RateError(units.to_owned());
        let text = units.trim();
        let (whole, decimals) = text.split_once(['.', ',']).unwrap_or((text, ""));
        let is_number = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        let decimals = decimals.trim_end_matches('0');
        let fits = !text.is_empty()
            && is_number(whole)
            && is_number(decimals)
            && whole.trim_start_matches('0').len() <= RATE_WHOLE_DIGITS_MAX
            && decimals.len() <= RATE_DECIMALS_MAX
            && (1..=RATE_NOMINAL_MAX).contains(&nominal);
        if !fits {
            return Err(wrong());
        }
        let digits: i128 = format!("0{whole}{decimals}").parse().map_err(|_| wrong())?;
        let scale = (0..decimals.len()).fold(1_i128, |scale, _| scale * 10);
        Self::of(digits, scale * i128::from(nominal)).ok_or_else(wrong)
    }

    /// The fraction in lowest terms; `None` where a term is not above zero. Terms that are too
    /// large lose what no amount of money could show.
    #[must_use]
    pub fn of(numerator: i128, denominator: i128) -> Option<Self> {
        if numerator <= 0 || denominator <= 0 {
            return None;
        }
        let divisor = common_divisor(numerator, denominator);
        let (mut above, mut below) = (numerator / divisor, denominator / divisor);
        while above >= TERM_MAX || below >= TERM_MAX {
            (above, below) = (above / 2, below / 2);
        }
        Some(Self(positive(above)?, positive(below)?))
    }

    /// The same rate the other way round.
    #[must_use]
    pub fn inverse(self) -> Self {
        Self(self.1, self.0)
    }

    /// The rate by way of the currency that this one leads to; `None` where it is too small or
    /// too large for any amount.
    #[must_use]
    pub fn by_way_to(self, next: Self) -> Option<Self> {
        Self::of(
            i128::from(self.0) * i128::from(next.0),
            i128::from(self.1) * i128::from(next.1),
        )
    }

    /// The amount in another currency, rounded half away from zero to a micro-unit.
    ///
    /// # Errors
    /// When the result does not fit.
    pub fn convert_rounded(self, amount: Money, to: Currency) -> Result<Money, MoneyError> {
        let product = i128::from(amount.micros) * i128::from(self.0);
        Ok(Money::new(rounded(product, i128::from(self.1))?, to))
    }
}

fn positive(term: i128) -> Option<i64> {
    i64::try_from(term).ok().filter(|term| *term > 0)
}

fn common_divisor(mut one: i128, mut other: i128) -> i128 {
    while other != 0 {
        (one, other) = (other, one % other);
    }
    one
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const MILLION_MICROS: i64 = 1_000_000_000_000;

    fn eur() -> Currency {
        "EUR".parse().unwrap()
    }

    fn weak() -> Currency {
        "VND".parse().unwrap()
    }

    fn check_conversion(units: &str, nominal: i64, micros: i64, there: i64) {
        let rate = Rate::quoted(units, nominal).unwrap();
        let converted = rate.convert_rounded(Money::new(micros, weak()), eur());
        assert_eq!(converted.unwrap().micros, there, "{units} for {nominal}");
    }

    #[test]
    fn a_rate_is_above_zero_and_of_bounded_length() {
        assert_eq!(Rate::quoted("4,05", 1), Rate::quoted(" 405.0 ", 100));
        for wrong in [
            "0",
            "-1",
            "many",
            "",
            "1e3",
            "0.0000000000001",
            "1234567890",
            "1.2.3",
        ] {
            assert!(Rate::quoted(wrong, 1).is_err(), "{wrong}");
        }
        for nominal in [0, -1, RATE_NOMINAL_MAX + 1] {
            assert!(Rate::quoted("1", nominal).is_err(), "{nominal}");
        }
    }

    #[test]
    fn weak_currencies_are_converted_to_the_micro() {
        // 1,000,000 VND at 26,731.5 to the euro are 37.4090493… euros.
        let quoted = Rate::quoted("26731.5", 1).unwrap();
        let dong = Money::new(MILLION_MICROS, weak());
        let euros = quoted.inverse().convert_rounded(dong, eur()).unwrap();
        assert_eq!(euros.micros, 37_409_049);
        // A central bank's 17.5432 for 100, and 3.7409 for 100,000.
        check_conversion("17.5432", 100, MILLION_MICROS, 175_432_000_000);
        check_conversion("3.7409", 100_000, MILLION_MICROS, 37_409_000);
    }

    #[test]
    fn a_way_over_a_third_currency_is_as_exact() {
        let to_rouble = Rate::quoted("0.003361", 1).unwrap();
        let to_euro = Rate::quoted("91.2345", 1).unwrap().inverse();
        let rate = to_rouble.by_way_to(to_euro).unwrap();
        let euros = rate.convert_rounded(Money::new(MILLION_MICROS, weak()), eur());
        // 3361 / 91.2345 = 36.83913432…
        assert_eq!(euros.unwrap().micros, 36_839_134);
    }

    proptest! {
        #[test]
        fn there_and_back_differs_by_no_more_than_the_rounding(
            micros in -1_000_000_000_000_000_i64..1_000_000_000_000_000,
            digits in 1_i64..1_000_000_000_000,
            decimals in 0_usize..13,
            nominal in prop::sample::select(vec![1_i64, 10, 100, 1_000, 10_000]),
        ) {
            let text = format!("{digits:013}");
            let (whole, rest) = text.split_at(13 - decimals);
            let Ok(rate) = Rate::quoted(&format!("{whole}.{rest}"), nominal) else {
                return Ok(());
            };
            let amount = Money::new(micros, weak());
            let Ok(there) = rate.convert_rounded(amount, eur()) else {
                return Ok(());
            };
            let Ok(back) = rate.inverse().convert_rounded(there, weak()) else {
                return Ok(());
            };
            // Half a micro-unit of rounding there is worth this much here, and half for the way.
            let lost = i128::from(back.micros) - i128::from(micros);
            let (above, below) = (i128::from(rate.0), i128::from(rate.1));
            prop_assert!(2 * lost.abs() * above <= below + above, "{lost}");
        }

        #[test]
        fn a_conversion_is_the_nearest_micro(
            micros in -1_000_000_000_000_000_i64..1_000_000_000_000_000,
            units in 1_i64..1_000_000_000,
            nominal in 1_i64..RATE_NOMINAL_MAX,
        ) {
            let rate = Rate::quoted(&units.to_string(), nominal).unwrap();
            if let Ok(there) = rate.convert_rounded(Money::new(micros, weak()), eur()) {
                let exact = i128::from(micros) * i128::from(units);
                let off = exact - i128::from(there.micros) * i128::from(nominal);
                prop_assert!(2 * off.abs() <= i128::from(nominal));
            }
        }

        #[test]
        fn no_fraction_panics(above: i128, below: i128, micros: i64) {
            if let Some(rate) = Rate::of(above, below) {
                let _ = rate.convert_rounded(Money::new(micros, weak()), eur());
                let _ = rate.by_way_to(rate.inverse());
            }
        }
    }
}
