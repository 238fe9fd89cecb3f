//! Metrics that a workspace defines itself: formulas over the catalogue's metrics.
//!
//! A formula is read once, with its units checked, and worked out of each row's sums as the
//! catalogue's own ratios are, so a total is never a sum of quotients.

mod evaluate;
mod parse;
mod print;
mod problem;
mod rational;
#[cfg(test)]
mod tests;
mod units;

use base::Ratio;

use crate::asked::UNDESCRIBED;
use crate::catalogue::{Direction, Metric};
use crate::compute::{Number, Sums};
use crate::context::Language;
use problem::Fault;
use rational::Rational;
use units::Powers;

pub use problem::Problem;
pub use units::MetricFormat;

/// Characters of a formula.
pub const FORMULA_CHARS_MAX: usize = 500;
/// Metrics, numbers and operations of a formula.
const PARTS_MAX: usize = 100;
/// Brackets and signs within one another.
const NESTING_MAX: usize = 30;
const SECONDS_PER_DAY: i128 = 86_400;

/// What every key of a metric begins with that a workspace defined.
pub const CUSTOM_PREFIX: &str = "custom:";

/// A metric that a workspace defined.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CustomMetric {
    pub id: i64,
    pub name: String,
    /// Empty for none.
    pub description: String,
    pub formula: MetricFormula,
    pub format: MetricFormat,
    pub direction: Direction,
}

/// A formula whose parts exist and go together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MetricFormula {
    expression: Expression,
    powers: Powers,
}

/// A part of a formula. Two are the same when they say the same, wherever they stand.
#[derive(Debug, Clone)]
pub(crate) struct Expression {
    pub(crate) at: Span,
    pub(crate) part: Part,
}

#[derive(Debug, Clone)]
pub(crate) enum Part {
    Constant(Constant),
    Metric(&'static Metric),
    Negated(Box<Expression>),
    Pair {
        operator: Operator,
        left: Box<Expression>,
        right: Box<Expression>,
    },
}

/// A number as it was written: `digits` with `places` of them behind the point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Constant {
    pub(crate) digits: u64,
    pub(crate) places: u8,
    pub(crate) is_percent: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Operator {
    Plus,
    Minus,
    Times,
    Over,
}

/// Characters of the text, counted from zero; `to` is the one behind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) from: usize,
    pub(crate) to: usize,
}

impl MetricFormula {
    /// Reads a formula and checks its units.
    ///
    /// # Errors
    /// What is wrong with it, and where.
    pub fn read(text: &str) -> Result<Self, Problem> {
        let expression = parse::parse(text)?;
        let powers = units::check(&expression)?;
        if expression.metrics().is_empty() {
            return Err(Problem::at(expression.at, Fault::NoMetric));
        }
        if powers.formats().is_empty() {
            return Err(Problem::at(expression.at, Fault::NotShown(powers)));
        }
        Ok(Self { expression, powers })
    }

    /// As it is kept: it reads back as the same formula.
    #[must_use]
    pub fn text(&self) -> String {
        self.expression.to_string()
    }

    /// How its values can be shown, the usual way first.
    #[must_use]
    pub fn formats(&self) -> &'static [MetricFormat] {
        self.powers.formats()
    }

    /// The metrics that it is made of, each once, in the order of the text.
    #[must_use]
    pub fn metrics(&self) -> Vec<&'static Metric> {
        self.expression.metrics()
    }
}

impl CustomMetric {
    /// Its key in questions.
    #[must_use]
    pub fn key(&self) -> String {
        format!("{CUSTOM_PREFIX}{}", self.id)
    }

    /// What it means, in the words of whoever defined it.
    pub(crate) fn definition(&self, language: Language) -> String {
        match self.description.is_empty() {
            true => UNDESCRIBED.get(language).to_owned(),
            false => self.description.clone(),
        }
    }

    /// Works it out of a row's sums.
    pub(crate) fn number(&self, sums: &Sums) -> Number {
        let missing = |reason| Number::Missing {
            reason,
            parts: None,
        };
        let found = match evaluate::value(&self.formula.expression, sums) {
            Ok(found) => found,
            Err(reason) => return missing(reason),
        };
        let (scale, ten) = match self.format {
            MetricFormat::Percent => (1, 2),
            MetricFormat::Days => (SECONDS_PER_DAY, 0),
            MetricFormat::Count
            | MetricFormat::Money
            | MetricFormat::Number
            | MetricFormat::Duration => (1, 0),
        };
        let scaled = Rational::new(1, scale).and_then(|scale| found.times(scale));
        let ratio: Option<Ratio> = scaled.and_then(Rational::ratio);
        match ratio {
            Some(ratio) => Number::Known {
                ratio,
                ten,
                parts: None,
            },
            None => missing("too_large"),
        }
    }
}

impl Expression {
    fn metrics(&self) -> Vec<&'static Metric> {
        let mut found: Vec<&'static Metric> = Vec::new();
        self.collect(&mut found);
        found
    }

    fn collect(&self, found: &mut Vec<&'static Metric>) {
        match &self.part {
            Part::Constant(_) => {}
            Part::Metric(metric) => {
                if found.iter().all(|known| known.key != metric.key) {
                    found.push(metric);
                }
            }
            Part::Negated(inner) => inner.collect(found),
            Part::Pair { left, right, .. } => {
                left.collect(found);
                right.collect(found);
            }
        }
    }
}

impl PartialEq for Expression {
    fn eq(&self, other: &Self) -> bool {
        match (&self.part, &other.part) {
            (Part::Constant(one), Part::Constant(two)) => one == two,
            (Part::Metric(one), Part::Metric(two)) => one.key == two.key,
            (Part::Negated(one), Part::Negated(two)) => one == two,
            (
                Part::Pair {
                    operator,
                    left,
                    right,
                },
                Part::Pair {
                    operator: other_operator,
                    left: other_left,
                    right: other_right,
                },
            ) => operator == other_operator && left == other_left && right == other_right,
            _ => false,
        }
    }
}

impl Eq for Expression {}

impl Constant {
    fn value(self) -> Option<Rational> {
        let places = u32::from(self.places) + if self.is_percent { 2 } else { 0 };
        Rational::new(i128::from(self.digits), 10_i128.checked_pow(places)?)
    }
}

impl Operator {
    /// By any of its signs.
    fn of(sign: char) -> Option<Self> {
        match sign {
            '+' => Some(Self::Plus),
            '-' | '−' | '–' => Some(Self::Minus),
            '*' | '×' | '·' => Some(Self::Times),
            '/' | '÷' => Some(Self::Over),
            _ => None,
        }
    }

    pub(crate) fn sign(self) -> char {
        match self {
            Self::Plus => '+',
            Self::Minus => '-',
            Self::Times => '*',
            Self::Over => '/',
        }
    }
}

impl Span {
    pub(crate) fn at(from: usize) -> Self {
        Self { from, to: from }
    }
}
