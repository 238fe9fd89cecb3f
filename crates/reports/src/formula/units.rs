//! What a formula's parts are measured in, and what may be done with them.

use super::problem::{Fault, Operand};
use super::rational::Rational;
use super::{Expression, Operator, Part, Problem};
use crate::catalogue::{Formula, Linear, Metric, Unit, Words};
use crate::context::Language;

/// Powers of money, of how many, and of time; a plain number has none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Powers {
    money: i8,
    count: i8,
    time: i8,
}

const NUMBER: Powers = Powers {
    money: 0,
    count: 0,
    time: 0,
};
const COUNT: Powers = Powers { count: 1, ..NUMBER };
const MONEY: Powers = Powers { money: 1, ..NUMBER };
const TIME: Powers = Powers { time: 1, ..NUMBER };
const ONE_EACH: Powers = Powers {
    count: -1,
    ..NUMBER
};

/// How a metric of one's own is shown.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize, utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum MetricFormat {
    Count,
    Money,
    /// A quotient as it is, such as 2.5.
    Number,
    /// A quotient times a hundred, with its sign.
    Percent,
    /// Seconds.
    Duration,
    Days,
}

impl MetricFormat {
    #[must_use]
    pub fn key(self) -> &'static str {
        match self {
            Self::Count => "count",
            Self::Money => "money",
            Self::Number => "number",
            Self::Percent => "percent",
            Self::Duration => "duration",
            Self::Days => "days",
        }
    }

    #[must_use]
    pub fn from_key(key: &str) -> Option<Self> {
        let all = [
            Self::Count,
            Self::Money,
            Self::Number,
            Self::Percent,
            Self::Duration,
            Self::Days,
        ];
        all.into_iter().find(|format| format.key() == key)
    }

    pub(crate) fn unit(self) -> Unit {
        match self {
            Self::Count => Unit::Count,
            Self::Money => Unit::Money,
            Self::Number => Unit::Ratio,
            Self::Percent => Unit::Percent,
            Self::Duration => Unit::Duration,
            Self::Days => Unit::Days,
        }
    }

    pub(crate) fn digits(self) -> u8 {
        match self {
            Self::Count => 0,
            Self::Duration | Self::Days => 1,
            Self::Money | Self::Number | Self::Percent => 2,
        }
    }
}

impl Powers {
    /// What a metric of the catalogue is measured in; `None` for those that are no sums and no
    /// quotients of sums.
    pub(crate) fn of(metric: &Metric) -> Option<Self> {
        let (top, bottom) = match metric.formula {
            Formula::Sum(linear) => (linear, None),
            Formula::Ratio { top, bottom, .. } => (top, Some(bottom)),
            Formula::Payback { .. } | Formula::SpendWithoutLeads => return None,
        };
        // Depths are percents of pages, which no measure says.
        if matches!(metric.unit, Unit::Percent | Unit::Ratio) {
            return Some(NUMBER);
        }
        let top = of_sum(top);
        Some(bottom.map_or(top, |bottom| top.minus(of_sum(bottom))))
    }

    fn plus(self, other: Self) -> Self {
        Self {
            money: self.money.saturating_add(other.money),
            count: self.count.saturating_add(other.count),
            time: self.time.saturating_add(other.time),
        }
    }

    fn minus(self, other: Self) -> Self {
        Self {
            money: self.money.saturating_sub(other.money),
            count: self.count.saturating_sub(other.count),
            time: self.time.saturating_sub(other.time),
        }
    }

    /// Whether it means something: money times money does not.
    fn is_sane(self) -> bool {
        [self.money, self.count, self.time]
            .into_iter()
            .all(|power| (-1..=1).contains(&power))
    }

    /// How it can be shown, the usual way first.
    pub(crate) fn formats(self) -> &'static [MetricFormat] {
        match self {
            NUMBER => &[MetricFormat::Percent, MetricFormat::Number],
            COUNT => &[MetricFormat::Count],
            _ if self == MONEY || self == MONEY.plus(ONE_EACH) => &[MetricFormat::Money],
            _ if self == TIME || self == TIME.plus(ONE_EACH) => {
                &[MetricFormat::Duration, MetricFormat::Days]
            }
            _ => &[],
        }
    }

    /// In words, such as `money / count`.
    pub(crate) fn words(self, language: Language) -> String {
        const NAMES: [Words; 3] = [
            Words::new("money", "деньги", "pieniądze"),
            Words::new("a count", "количество", "liczba sztuk"),
            Words::new("time", "время", "czas"),
        ];
        const PLAIN: Words = Words::new("a plain number", "число без единицы", "zwykła liczba");
        let powers = [self.money, self.count, self.time];
        let named = |sign: i8| {
            let names = NAMES.iter().zip(powers);
            let names = names.filter(|(_, power)| power.signum() == sign);
            let names: Vec<&str> = names.map(|(name, _)| name.get(language)).collect();
            names.join(" × ")
        };
        match (named(1), named(-1)) {
            (top, bottom) if top.is_empty() && bottom.is_empty() => PLAIN.get(language).to_owned(),
            (top, bottom) if bottom.is_empty() => top,
            (top, bottom) if top.is_empty() => format!("1 / {bottom}"),
            (top, bottom) => format!("{top} / {bottom}"),
        }
    }
}

/// What the expression is measured in.
///
/// # Errors
/// Where its parts do not go together.
pub(crate) fn check(expression: &Expression) -> Result<Powers, Problem> {
    let fault = |fault: Fault| Err(Problem::at(expression.at, fault));
    match &expression.part {
        Part::Constant(_) => Ok(NUMBER),
        Part::Metric(metric) => match Powers::of(metric) {
            Some(powers) => Ok(powers),
            None => fault(Fault::NotAnOperand(metric.key.to_owned())),
        },
        Part::Negated(inner) => check(inner),
        Part::Pair {
            operator,
            left,
            right,
        } => {
            let powers = (check(left)?, check(right)?);
            let sides = || {
                let of = |side: &Expression, powers| Operand {
                    text: side.to_string(),
                    powers,
                };
                Box::new([of(left, powers.0), of(right, powers.1)])
            };
            match operator {
                Operator::Plus | Operator::Minus if powers.0 == powers.1 => Ok(powers.0),
                Operator::Plus | Operator::Minus => fault(Fault::UnitsDiffer(sides())),
                Operator::Times => {
                    let product = powers.0.plus(powers.1);
                    match product.is_sane() {
                        true => Ok(product),
                        false => fault(Fault::NoProduct(sides())),
                    }
                }
                Operator::Over => {
                    if super::evaluate::constant(right).is_some_and(Rational::is_zero) {
                        return Err(Problem::at(right.at, Fault::DividedByZero));
                    }
                    let quotient = powers.0.minus(powers.1);
                    match quotient.is_sane() {
                        true => Ok(quotient),
                        false => fault(Fault::NoQuotient(sides())),
                    }
                }
            }
        }
    }
}

fn of_sum(linear: Linear) -> Powers {
    match linear.first() {
        Some((_, measure)) if measure.is_money() => MONEY,
        Some((_, measure)) if measure.is_time() => TIME,
        Some(_) | None => COUNT,
    }
}
