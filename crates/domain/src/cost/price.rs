//! From what a platform charged to what it cost: currency, VAT and mark-up.

use base::{BasisPoints, Currency, Money, MoneyError, Ratio};
use serde::{Deserialize, Serialize};

use super::rate::Rate;

/// Whether an amount holds VAT, and at which rate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VatTerms {
    /// The amount is gross.
    Included(BasisPoints),
    /// The amount is net; VAT comes on top.
    Excluded(BasisPoints),
}

/// How an original amount becomes a cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CostTerms {
    /// The workspace's currency.
    pub currency: Currency,
    /// From the original currency to the workspace's on the day of the cost.
    pub rate: Rate,
    pub vat: VatTerms,
    /// An agency's fee or the like on top; VAT is due on it too.
    pub mark_up: BasisPoints,
}

/// A cost in the workspace's currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PricedCost {
    /// Without VAT, with the mark-up.
    pub net: Money,
    pub vat: Money,
}

impl VatTerms {
    /// Net and VAT of an amount; together they are exactly the gross amount.
    ///
    /// # Errors
    /// When a part does not fit.
    pub fn split(self, amount: Money) -> Result<(Money, Money), MoneyError> {
        match self {
            Self::Included(rate) => {
                let net = rate.net_of_gross(amount)?;
                let vat = amount
                    .micros
                    .checked_sub(net.micros)
                    .ok_or(MoneyError::Overflow)?;
                Ok((net, Money::new(vat, amount.currency)))
            }
            Self::Excluded(rate) => Ok((amount, share_rounded(amount, rate)?)),
        }
    }

    /// The rate itself.
    #[must_use]
    pub fn rate(self) -> BasisPoints {
        match self {
            Self::Included(rate) | Self::Excluded(rate) => rate,
        }
    }
}

/// What an original amount costs: converted, split into net and VAT, then marked up.
///
/// # Errors
/// When a part does not fit.
pub fn price(original: Money, terms: CostTerms) -> Result<PricedCost, MoneyError> {
    let converted = terms.rate.convert_rounded(original, terms.currency)?;
    let (net, vat) = terms.vat.split(converted)?;
    let net = net.plus(share_rounded(net, terms.mark_up)?)?;
    let vat = vat.plus(share_rounded(vat, terms.mark_up)?)?;
    Ok(PricedCost { net, vat })
}

/// A share of an amount, rounded half away from zero.
fn share_rounded(amount: Money, share: BasisPoints) -> Result<Money, MoneyError> {
    let product = i128::from(amount.micros) * i128::from(share.0);
    Ok(Money::new(rounded(product, 10_000)?, amount.currency))
}

/// Half away from zero.
pub(super) fn rounded(numerator: i128, denominator: i128) -> Result<i64, MoneyError> {
    Ratio::new(numerator, denominator)
        .and_then(|ratio| ratio.scaled(1))
        .and_then(|micros| i64::try_from(micros).ok())
        .ok_or(MoneyError::Overflow)
}

#[cfg(test)]
mod tests {
    use base::parse_decimal_micros;
    use proptest::prelude::*;

    use super::*;

    fn money(text: &str, currency: &str) -> Money {
        Money::new(
            parse_decimal_micros(text).unwrap(),
            currency.parse().unwrap(),
        )
    }

    fn check_price(original: Money, vat: VatTerms, mark_up: i64, rate: &str, want: [&str; 2]) {
        let currency = "PLN".parse().unwrap();
        let rate = Rate::quoted(rate, 1).unwrap();
        let terms = CostTerms {
            currency,
            rate,
            vat,
            mark_up: BasisPoints(mark_up),
        };
        let priced = price(original, terms).unwrap();
        assert_eq!([priced.net.decimal(), priced.vat.decimal()], want);
        assert_eq!(priced.net.currency, currency);
    }

    #[test]
    fn vat_is_taken_out_or_put_on_top() {
        let included = VatTerms::Included(BasisPoints(2_000));
        let excluded = VatTerms::Excluded(BasisPoints(2_300));
        check_price(money("120", "PLN"), included, 0, "1", ["100.00", "20.00"]);
        check_price(money("100", "PLN"), excluded, 0, "1", ["100.00", "23.00"]);
    }

    #[test]
    fn a_mark_up_comes_on_both_parts() {
        let included = VatTerms::Included(BasisPoints(2_000));
        check_price(
            money("120", "PLN"),
            included,
            1_500,
            "1",
            ["115.00", "23.00"],
        );
    }

    #[test]
    fn a_foreign_amount_is_converted_first() {
        let none = VatTerms::Excluded(BasisPoints(0));
        check_price(money("10", "USD"), none, 0, "4.0512", ["40.512", "0.00"]);
        check_price(
            money("0.000001", "USD"),
            none,
            0,
            "0.5",
            ["0.000001", "0.00"],
        );
        check_price(
            money("-0.000001", "USD"),
            none,
            0,
            "0.5",
            ["-0.000001", "0.00"],
        );
    }

    proptest! {
        #[test]
        fn net_and_vat_are_exactly_the_gross_amount(
            micros in -1_000_000_000_000_i64..1_000_000_000_000,
            rate in 0_i64..5_000,
        ) {
            let gross = Money::new(micros, "EUR".parse().unwrap());
            let (net, vat) = VatTerms::Included(BasisPoints(rate)).split(gross).unwrap();
            prop_assert_eq!(net.plus(vat).unwrap(), gross);
        }

        #[test]
        fn no_amount_panics(micros: i64, rate in 1_i64.., per in 1_i64.., mark_up: i64, vat: i64) {
            let currency = "EUR".parse().unwrap();
            let rate = Rate::of(i128::from(rate), i128::from(per)).unwrap();
            let vat = BasisPoints(vat);
            for vat in [VatTerms::Included(vat), VatTerms::Excluded(vat)] {
                let terms = CostTerms { currency, rate, vat, mark_up: BasisPoints(mark_up) };
                let _ = price(Money::new(micros, currency), terms);
            }
        }
    }
}
