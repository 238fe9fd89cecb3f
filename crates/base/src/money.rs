//! Money as integer micro-units (a millionth of a currency unit) with a currency.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Micro-units in one currency unit.
pub const MICROS_PER_UNIT: i64 = 1_000_000;
/// Micro-units of a percentage in a hundredth of a percent.
const BASIS_POINT_MICROS: i64 = 10_000;

/// What cannot be money.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MoneyError {
    #[error("{0:?} is not a currency code of three letters")]
    Currency(String),
    #[error("{0:?} is not an amount of money")]
    Amount(String),
    #[error("{0:?} is not a percentage with at most two decimals")]
    Percent(String),
    #[error("the amount is too large")]
    Overflow,
    #[error("{0} and {1} cannot be added without a rate")]
    MixedCurrencies(Currency, Currency),
}

/// An ISO 4217 code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Currency([u8; 3]);

/// An exact amount: `micros` millionths of the currency's unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Money {
    pub micros: i64,
    pub currency: Currency,
}

/// Hundredths of a percent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct BasisPoints(pub i64);

impl Money {
    #[must_use]
    pub fn new(micros: i64, currency: Currency) -> Self {
        Self { micros, currency }
    }

    /// # Errors
    /// When the currencies differ or the sum does not fit.
    pub fn plus(self, other: Self) -> Result<Self, MoneyError> {
        if self.currency != other.currency {
            return Err(MoneyError::MixedCurrencies(self.currency, other.currency));
        }
        let micros = self
            .micros
            .checked_add(other.micros)
            .ok_or(MoneyError::Overflow)?;
        Ok(Self { micros, ..self })
    }

    /// The exact amount in plain decimal digits, with at least the places of the currency's minor
    /// unit.
    #[must_use]
    pub fn decimal(self) -> String {
        decimal(self.micros, self.currency.minor_digits())
    }

    /// The amount in whole minor units, rounded half away from zero: what can be paid.
    #[must_use]
    pub fn rounded(self) -> Self {
        let unit = self.currency.minor_unit_micros();
        let units = crate::Ratio::new(i128::from(self.micros), i128::from(unit))
            .and_then(|ratio| ratio.scaled(1))
            .and_then(|units| i64::try_from(units).ok());
        // What does not fit when rounded up stays as it is.
        let micros = units.and_then(|units| units.checked_mul(unit));
        Self {
            micros: micros.unwrap_or(self.micros),
            ..self
        }
    }
}

impl BasisPoints {
    /// In percent: `20` or `7.5`.
    #[must_use]
    pub fn percent(self) -> String {
        decimal(self.0.saturating_mul(BASIS_POINT_MICROS), 0)
    }

    /// Reads `20` or `7,5` as percent; at most two decimals.
    ///
    /// # Errors
    /// When the text is no such percentage.
    pub fn from_percent(text: &str) -> Result<Self, MoneyError> {
        let wrong = || MoneyError::Percent(text.to_owned());
        let micros = parse_decimal_micros(text).map_err(|_| wrong())?;
        match micros % BASIS_POINT_MICROS {
            0 => Ok(Self(micros / BASIS_POINT_MICROS)),
            _ => Err(wrong()),
        }
    }

    /// This share of an amount, rounded towards negative infinity to a micro-unit.
    ///
    /// # Errors
    /// When the result does not fit.
    pub fn of_floor(self, amount: Money) -> Result<Money, MoneyError> {
        let product = i128::from(amount.micros) * i128::from(self.0);
        let micros = i64::try_from(product.div_euclid(10_000)).map_err(|_| MoneyError::Overflow)?;
        Ok(Money { micros, ..amount })
    }

    /// The part of a gross amount that is net of this rate, rounded to the nearest micro-unit.
    ///
    /// # Errors
    /// When the result does not fit.
    pub fn net_of_gross(self, gross: Money) -> Result<Money, MoneyError> {
        let divisor = 10_000 + i128::from(self.0);
        let net = crate::Ratio::new(i128::from(gross.micros) * 10_000, divisor)
            .and_then(|ratio| ratio.scaled(1))
            .and_then(|micros| i64::try_from(micros).ok())
            .ok_or(MoneyError::Overflow)?;
        Ok(Money {
            micros: net,
            ..gross
        })
    }
}

/// Splits `total` by `weights` by the largest remainder: the shares always sum to `total`.
///
/// With no positive weight the total is split evenly. Ties go to the earlier share.
#[must_use]
pub fn allocate(total: i64, weights: &[u64]) -> Vec<i64> {
    if weights.is_empty() {
        return Vec::new();
    }
    let even = vec![1; weights.len()];
    let weights = if weights.iter().all(|weight| *weight == 0) {
        even.as_slice()
    } else {
        weights
    };
    let sum: i128 = weights.iter().map(|weight| i128::from(*weight)).sum();
    let exact = |weight: &u64| i128::from(total) * i128::from(*weight);
    let mut shares: Vec<i128> = weights.iter().map(|w| exact(w).div_euclid(sum)).collect();
    let mut order: Vec<usize> = (0..weights.len()).collect();
    order.sort_by_key(|index| std::cmp::Reverse(exact(&weights[*index]).rem_euclid(sum)));
    let left = i128::from(total) - shares.iter().sum::<i128>();
    for index in order
        .into_iter()
        .take(usize::try_from(left).unwrap_or_default())
    {
        shares[index] += 1;
    }
    // A share lies between zero and the total, so it fits.
    shares
        .into_iter()
        .map(|share| i64::try_from(share).unwrap_or_default())
        .collect()
}

/// Reads `1234.56`, `1 234,56`, `1,234.56`, `-0,5` or `1.234,56` as micro-units.
///
/// A lone comma or dot followed by exactly three digits is ambiguous; it is read as a decimal
/// mark, because importers tell us the decimal mark where a file uses grouping.
///
/// # Errors
/// When the text is not a number, has more than six decimals or does not fit.
pub fn parse_decimal_micros(text: &str) -> Result<i64, MoneyError> {
    let wrong = || MoneyError::Amount(text.to_owned());
    let compact: String = text
        .trim()
        .chars()
        .filter(|letter| !matches!(letter, ' ' | '\u{a0}' | '\u{202f}' | '\u{2009}' | '\''))
        .map(|letter| if letter == '\u{2212}' { '-' } else { letter })
        .collect();
    let (negative, digits) = match compact.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, compact.strip_prefix('+').unwrap_or(&compact)),
    };
    let mark = digits.rfind(['.', ',']);
    let (whole, fraction) = mark.map_or((digits, ""), |at| (&digits[..at], &digits[at + 1..]));
    let whole = ungroup(whole, mark.map(|at| digits.as_bytes()[at])).ok_or_else(wrong)?;
    let all_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if (whole.is_empty() && fraction.is_empty()) || !all_digits(&whole) || !all_digits(fraction) {
        return Err(wrong());
    }
    let fraction = fraction.trim_end_matches('0');
    if fraction.len() > 6 {
        return Err(wrong());
    }
    let micros: i128 = format!("{whole}{fraction:0<6}")
        .parse()
        .map_err(|_| wrong())?;
    let signed = if negative { -micros } else { micros };
    i64::try_from(signed).map_err(|_| MoneyError::Overflow)
}

/// Removes grouping marks: every group after the first has three digits and one kind of mark,
/// which is not the decimal mark.
fn ungroup(whole: &str, decimal_mark: Option<u8>) -> Option<String> {
    let Some(mark) = whole.bytes().find(|byte| matches!(byte, b',' | b'.')) else {
        return Some(whole.to_owned());
    };
    let mut groups = whole.split(char::from(mark));
    let first = groups.next()?;
    let first_fits = (1..=3).contains(&first.len());
    let rest_fits = groups.all(|group| group.len() == 3);
    let mixed = decimal_mark == Some(mark);
    (first_fits && rest_fits && !mixed).then(|| whole.replace(char::from(mark), ""))
}

/// Millionths of anything as a decimal, without zeros that say nothing.
#[must_use]
pub fn decimal_of_micros(micros: i64) -> String {
    decimal(micros, 0)
}

fn decimal(micros: i64, digits_min: u8) -> String {
    let sign = if micros < 0 { "-" } else { "" };
    let (units, rest) = {
        let all = micros.unsigned_abs();
        (all / 1_000_000, all % 1_000_000)
    };
    let fraction = format!("{rest:06}");
    let fraction = fraction.trim_end_matches('0');
    let width = usize::from(digits_min);
    match format!("{fraction:0<width$}") {
        whole if whole.is_empty() => format!("{sign}{units}"),
        fraction => format!("{sign}{units}.{fraction}"),
    }
}

impl Currency {
    #[must_use]
    pub fn code(&self) -> &str {
        // Only ASCII letters are ever stored.
        std::str::from_utf8(&self.0).unwrap_or_default()
    }

    /// Decimal places of the minor unit by ISO 4217: two for most currencies.
    #[must_use]
    pub fn minor_digits(&self) -> u8 {
        match self.code() {
            "BIF" | "CLP" | "DJF" | "GNF" | "ISK" | "JPY" | "KMF" | "KRW" | "PYG" | "RWF"
            | "UGX" | "UYI" | "VND" | "VUV" | "XAF" | "XOF" | "XPF" => 0,
            "BHD" | "IQD" | "JOD" | "KWD" | "LYD" | "OMR" | "TND" => 3,
            "CLF" | "UYW" => 4,
            _ => 2,
        }
    }

    /// Micro-units in one minor unit.
    #[must_use]
    pub fn minor_unit_micros(&self) -> i64 {
        MICROS_PER_UNIT / 10_i64.pow(u32::from(self.minor_digits()))
    }
}

impl FromStr for Currency {
    type Err = MoneyError;

    fn from_str(text: &str) -> Result<Self, MoneyError> {
        let upper = text.trim().to_ascii_uppercase();
        match upper.as_bytes() {
            [a, b, c] if upper.bytes().all(|byte| byte.is_ascii_uppercase()) => {
                Ok(Self([*a, *b, *c]))
            }
            _ => Err(MoneyError::Currency(text.to_owned())),
        }
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.code())
    }
}

impl fmt::Display for Money {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} {}", self.decimal(), self.currency)
    }
}

impl Serialize for Currency {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.code())
    }
}

impl<'de> Deserialize<'de> for Currency {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn check_parse(text: &str, micros: Option<i64>) {
        assert_eq!(parse_decimal_micros(text).ok(), micros, "{text}");
    }

    #[test]
    fn amounts_are_read_as_people_write_them() {
        check_parse("1234.56", Some(1_234_560_000));
        check_parse("1 234,56", Some(1_234_560_000));
        check_parse("1\u{a0}234,5", Some(1_234_500_000));
        check_parse("1,234.56", Some(1_234_560_000));
        check_parse("1.234.567,89", Some(1_234_567_890_000));
        check_parse("\u{2212}0,5", Some(-500_000));
        check_parse("0.0000010", Some(1));
        check_parse("0.0000001", None);
        check_parse("", None);
        check_parse("1.2.3", None);
        check_parse("12e3", None);
        check_parse("9999999999999999", None);
    }

    fn check_shown(micros: i64, currency: &str, exact: &str, rounded: &str) {
        let money = Money::new(micros, currency.parse().unwrap());
        assert_eq!(
            (money.decimal().as_str(), money.rounded().decimal().as_str()),
            (exact, rounded)
        );
    }

    #[test]
    fn money_is_shown_in_the_minor_units_of_its_currency() {
        check_shown(1_234_500_000, "EUR", "1234.50", "1234.50");
        check_shown(16_129_032, "EUR", "16.129032", "16.13");
        check_shown(-5_000, "EUR", "-0.005", "-0.01");
        check_shown(3_000_000_000, "JPY", "3000", "3000");
        check_shown(99_500_000, "JPY", "99.5", "100");
        check_shown(1_000_500, "KWD", "1.0005", "1.001");
        check_shown(1_000_000, "CLF", "1.0000", "1.0000");
        let most = Money::new(i64::MAX, "JPY".parse().unwrap());
        assert_eq!(most.rounded(), most, "rounded up it would not fit");
    }

    #[test]
    fn percentages_read_back() {
        for text in ["0", "20", "7.5", "0.25", "100", "-3.01"] {
            let read = BasisPoints::from_percent(text).map(BasisPoints::percent);
            assert_eq!(read.as_deref(), Ok(text));
        }
        assert!(BasisPoints::from_percent("7.555").is_err());
        assert!(BasisPoints::from_percent("many").is_err());
    }

    proptest! {
        #[test]
        fn shares_sum_to_the_total(
            total in -1_000_000_i64..1_000_000,
            weights in prop::collection::vec(0_u64..1000, 1..20),
        ) {
            prop_assert_eq!(allocate(total, &weights).iter().sum::<i64>(), total);
        }

        #[test]
        fn what_is_written_reads_back(micros: i64, digits_min in 0_u8..5) {
            let text = decimal(micros, digits_min);
            prop_assert_eq!(parse_decimal_micros(&text).ok(), Some(micros), "{}", text);
        }

        #[test]
        fn no_text_panics(text: String) {
            let _ = parse_decimal_micros(&text);
            let _ = text.parse::<Currency>();
        }

        #[test]
        fn net_and_vat_make_gross(
            gross in -1_000_000_000_000_i64..1_000_000_000_000,
            rate in 0_i64..10_000,
        ) {
            let currency: Currency = "EUR".parse().unwrap();
            let net = BasisPoints(rate).net_of_gross(Money::new(gross, currency)).unwrap();
            prop_assert!(net.micros.unsigned_abs() <= gross.unsigned_abs());
        }
    }
}
