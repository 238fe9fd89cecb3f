//! Working a formula out of a row's sums, exactly.

use super::rational::Rational;
use super::{Expression, Operator, Part};
use crate::catalogue::{Metric, Unit};
use crate::compute::{Number, Sums, number};

/// Why there is no number.
pub(crate) type Reason = &'static str;

const TOO_LARGE: Reason = "too_large";
const SECONDS_PER_DAY: i128 = 86_400;
/// What is shown is below this, whatever it counts.
const VALUE_MAX: i128 = 1_000_000_000_000_000_000_000_000;

/// The formula's value in natural units: units of currency, seconds, parts of one.
pub(crate) fn value(expression: &Expression, sums: &Sums) -> Result<Rational, Reason> {
    let found = worked_out(expression, &|metric| operand(metric, sums))?;
    match found.magnitude() < VALUE_MAX {
        true => Ok(found),
        false => Err(TOO_LARGE),
    }
}

/// The value of what names no metric.
pub(crate) fn constant(expression: &Expression) -> Option<Rational> {
    worked_out(expression, &|_| Err("no_data")).ok()
}

pub(crate) fn worked_out(
    expression: &Expression,
    of: &dyn Fn(&'static Metric) -> Result<Rational, Reason>,
) -> Result<Rational, Reason> {
    match &expression.part {
        Part::Constant(constant) => constant.value().ok_or(TOO_LARGE),
        Part::Metric(metric) => of(metric),
        Part::Negated(inner) => Ok(worked_out(inner, of)?.negated()),
        Part::Pair {
            operator,
            left,
            right,
        } => {
            let (left, right) = (worked_out(left, of)?, worked_out(right, of)?);
            let found = match operator {
                Operator::Plus => left.plus(right),
                Operator::Minus => left.plus(right.negated()),
                Operator::Times => left.times(right),
                Operator::Over if right.is_zero() => return Err("zero_denominator"),
                Operator::Over => left.over(right),
            };
            found.ok_or(TOO_LARGE)
        }
    }
}

/// The very number of the metric's own column, before it is rounded to be shown.
fn operand(metric: &'static Metric, sums: &Sums) -> Result<Rational, Reason> {
    let (ratio, ten) = match number(metric, sums) {
        Number::Known { ratio, ten, .. } => (ratio, ten),
        Number::Infinite { .. } => return Err("zero_denominator"),
        Number::Missing { reason, .. } => return Err(reason),
    };
    let found = Rational::new(ratio.numerator(), ratio.denominator());
    let power = 10_i128.checked_pow(ten.unsigned_abs()).ok_or(TOO_LARGE)?;
    let ten = match ten < 0 {
        true => Rational::new(1, power),
        false => Rational::new(power, 1),
    };
    let natural = match metric.unit {
        Unit::Percent => Rational::new(1, 100),
        Unit::Days => Rational::new(SECONDS_PER_DAY, 1),
        Unit::Count | Unit::Money | Unit::Ratio | Unit::Duration => Rational::new(1, 1),
    };
    let scale = ten
        .zip(natural)
        .and_then(|(ten, natural)| ten.times(natural));
    let value = found
        .zip(scale)
        .and_then(|(found, scale)| found.times(scale));
    value.ok_or(TOO_LARGE)
}
