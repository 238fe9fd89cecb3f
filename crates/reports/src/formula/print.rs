//! A formula as text that reads back as itself, with no bracket more than it needs.

use std::fmt;

use super::{Constant, Expression, Operator, Part};

impl fmt::Display for Expression {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.part {
            Part::Constant(constant) => constant.fmt(formatter),
            Part::Metric(metric) => formatter.write_str(metric.key),
            Part::Negated(inner) => {
                formatter.write_str("-")?;
                side(inner, inner.binds() < SIGN, formatter)
            }
            Part::Pair {
                operator,
                left,
                right,
            } => {
                let own = self.binds();
                side(left, left.binds() < own, formatter)?;
                write!(formatter, " {} ", operator.sign())?;
                // What stands to the right is read first only within brackets.
                side(right, right.binds() <= own, formatter)
            }
        }
    }
}

impl fmt::Display for Constant {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let places = usize::from(self.places);
        let digits = format!("{:0>width$}", self.digits, width = places + 1);
        let (whole, behind) = digits.split_at(digits.len() - places);
        formatter.write_str(whole)?;
        if !behind.is_empty() {
            write!(formatter, ".{behind}")?;
        }
        formatter.write_str(if self.is_percent { "%" } else { "" })
    }
}

/// How tightly a sign holds what is behind it.
const SIGN: u8 = 2;

impl Expression {
    fn binds(&self) -> u8 {
        match &self.part {
            Part::Pair {
                operator: Operator::Plus | Operator::Minus,
                ..
            } => 0,
            Part::Pair {
                operator: Operator::Times | Operator::Over,
                ..
            } => 1,
            Part::Negated(_) => SIGN,
            Part::Constant(_) | Part::Metric(_) => 3,
        }
    }
}

fn side(
    expression: &Expression,
    needs_brackets: bool,
    formatter: &mut fmt::Formatter<'_>,
) -> fmt::Result {
    match needs_brackets {
        true => write!(formatter, "({expression})"),
        false => write!(formatter, "{expression}"),
    }
}
