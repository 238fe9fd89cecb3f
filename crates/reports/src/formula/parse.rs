//! From a formula's text to its parts.

use std::str::FromStr;

use super::problem::Fault;
use super::{
    Constant, Expression, FORMULA_CHARS_MAX, NESTING_MAX, Operator, PARTS_MAX, Part, Problem, Span,
};
use crate::catalogue;

/// Digits of a number, on both sides of the point together.
const DIGITS_MAX: usize = 15;

#[derive(Debug, Clone, PartialEq, Eq)]
enum Token {
    Number(Constant),
    Name(String),
    Operator(Operator),
    Open,
    Close,
}

struct Parser<'a> {
    tokens: &'a [(Token, Span)],
    next: usize,
    parts: usize,
    /// How many characters the text has.
    end: usize,
}

pub(crate) fn parse(text: &str) -> Result<Expression, Problem> {
    let end = text.chars().count();
    if end > FORMULA_CHARS_MAX {
        let rest = Span {
            from: FORMULA_CHARS_MAX,
            to: end,
        };
        return Err(Problem::at(rest, Fault::TooLong));
    }
    let tokens = tokens(text)?;
    if tokens.is_empty() {
        return Err(Problem::at(Span::at(0), Fault::Empty));
    }
    let mut parser = Parser {
        tokens: &tokens,
        next: 0,
        parts: 0,
        end,
    };
    let expression = parser.sum(0)?;
    match parser.peek() {
        None => Ok(expression),
        Some((Token::Close, at)) => Err(Problem::at(*at, Fault::NotOpened)),
        Some((token, at)) => Err(Problem::at(*at, Fault::NoOperator(written(token)))),
    }
}

impl<'a> Parser<'a> {
    fn peek(&self) -> Option<&'a (Token, Span)> {
        self.tokens.get(self.next)
    }

    /// Terms with signs between them, from the left.
    fn sum(&mut self, depth: usize) -> Result<Expression, Problem> {
        self.chain(depth, [Operator::Plus, Operator::Minus], Self::product)
    }

    fn product(&mut self, depth: usize) -> Result<Expression, Problem> {
        self.chain(depth, [Operator::Times, Operator::Over], Self::signed)
    }

    fn chain(
        &mut self,
        depth: usize,
        operators: [Operator; 2],
        side: fn(&mut Self, usize) -> Result<Expression, Problem>,
    ) -> Result<Expression, Problem> {
        let mut left = side(self, depth)?;
        while let Some((Token::Operator(operator), at)) = self.peek() {
            if !operators.contains(operator) {
                break;
            }
            self.next += 1;
            let right = side(self, depth)?;
            let at = Span {
                from: left.at.from.min(at.from),
                to: right.at.to,
            };
            let part = Part::Pair {
                operator: *operator,
                left: Box::new(left),
                right: Box::new(right),
            };
            left = self.made(at, part)?;
        }
        Ok(left)
    }

    fn signed(&mut self, depth: usize) -> Result<Expression, Problem> {
        let Some((Token::Operator(Operator::Minus), at)) = self.peek() else {
            return self.operand(depth);
        };
        self.next += 1;
        let inner = self.signed(self.deeper(depth, *at)?)?;
        let at = Span {
            from: at.from,
            to: inner.at.to,
        };
        self.made(at, Part::Negated(Box::new(inner)))
    }

    fn operand(&mut self, depth: usize) -> Result<Expression, Problem> {
        let Some((token, at)) = self.peek() else {
            let end = Span::at(self.end);
            return Err(Problem::at(end, Fault::NoOperand(None)));
        };
        self.next += 1;
        match token {
            Token::Number(constant) => self.made(*at, Part::Constant(*constant)),
            Token::Name(name) => match catalogue::metric(name) {
                Some(metric) => self.made(*at, Part::Metric(metric)),
                None => {
                    let (name, near) = (name.clone(), near(name));
                    Err(Problem::at(*at, Fault::UnknownMetric { name, near }))
                }
            },
            Token::Open => {
                let inner = self.sum(self.deeper(depth, *at)?)?;
                match self.peek() {
                    Some((Token::Close, close)) => {
                        self.next += 1;
                        let at = Span {
                            from: at.from,
                            to: close.to,
                        };
                        Ok(Expression { at, ..inner })
                    }
                    Some((token, at)) => Err(Problem::at(*at, Fault::NoOperator(written(token)))),
                    None => Err(Problem::at(*at, Fault::NotClosed)),
                }
            }
            Token::Operator(_) | Token::Close => {
                let found = Some(written(token));
                Err(Problem::at(*at, Fault::NoOperand(found)))
            }
        }
    }

    fn deeper(&self, depth: usize, at: Span) -> Result<usize, Problem> {
        match depth < NESTING_MAX {
            true => Ok(depth + 1),
            false => Err(Problem::at(at, Fault::TooManyParts)),
        }
    }

    fn made(&mut self, at: Span, part: Part) -> Result<Expression, Problem> {
        self.parts += 1;
        match self.parts <= PARTS_MAX {
            true => Ok(Expression { at, part }),
            false => Err(Problem::at(at, Fault::TooManyParts)),
        }
    }
}

fn tokens(text: &str) -> Result<Vec<(Token, Span)>, Problem> {
    let letters: Vec<char> = text.chars().collect();
    let mut found = Vec::new();
    let mut from = 0;
    while let Some(letter) = letters.get(from) {
        let run = |is_in: fn(char) -> bool| {
            let rest = letters[from..].iter();
            from + rest.take_while(|each| is_in(**each)).count()
        };
        let (to, token) = match letter {
            letter if letter.is_whitespace() => {
                from += 1;
                continue;
            }
            '(' => (from + 1, Token::Open),
            ')' => (from + 1, Token::Close),
            '0'..='9' | '.' => {
                let to = run(|each| each.is_ascii_digit() || each == '.');
                let is_percent = letters.get(to) == Some(&'%');
                let to = to + usize::from(is_percent);
                let text: String = letters[from..to].iter().collect();
                let at = Span { from, to };
                let constant = text
                    .parse()
                    .map_err(|()| Problem::at(at, Fault::BadNumber(text.clone())))?;
                (to, Token::Number(constant))
            }
            'a'..='z' | 'A'..='Z' | '_' => {
                let to = run(|each| each.is_ascii_alphanumeric() || each == '_');
                let name: String = letters[from..to].iter().collect();
                (to, Token::Name(name.to_ascii_lowercase()))
            }
            other => match Operator::of(*other) {
                Some(operator) => (from + 1, Token::Operator(operator)),
                None => {
                    let at = Span { from, to: from + 1 };
                    return Err(Problem::at(at, Fault::UnknownCharacter(*other)));
                }
            },
        };
        found.push((token, Span { from, to }));
        from = to;
    }
    Ok(found)
}

impl FromStr for Constant {
    type Err = ();

    /// Digits with at most one point among them, and a sign of percent behind.
    fn from_str(text: &str) -> Result<Self, ()> {
        let (number, is_percent) = match text.strip_suffix('%') {
            Some(number) => (number, true),
            None => (text, false),
        };
        let (whole, behind) = number.split_once('.').unwrap_or((number, "0"));
        let are_digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        if !are_digits(whole) || !are_digits(behind) {
            return Err(());
        }
        let whole = whole.trim_start_matches('0');
        let behind = behind.trim_end_matches('0');
        if whole.len() + behind.len() > DIGITS_MAX {
            return Err(());
        }
        let digits = format!("0{whole}{behind}");
        Ok(Self {
            digits: digits.parse().map_err(|_| ())?,
            places: u8::try_from(behind.len()).map_err(|_| ())?,
            is_percent,
        })
    }
}

fn written(token: &Token) -> String {
    match token {
        Token::Number(constant) => constant.to_string(),
        Token::Name(name) => name.clone(),
        Token::Operator(operator) => operator.sign().to_string(),
        Token::Open => "(".to_owned(),
        Token::Close => ")".to_owned(),
    }
}

/// The metric whose key is spelt most alike, where one is.
fn near(name: &str) -> Option<&'static str> {
    const STEPS_MAX: usize = 2;
    let keys = catalogue::metrics().map(|metric| metric.key);
    let ranked = keys.map(|key| (steps_between(name, key), key));
    let (steps, key) = ranked.min()?;
    (steps <= STEPS_MAX && steps < name.len()).then_some(key)
}

/// Letters to put in, take out or change between two words.
fn steps_between(left: &str, right: &str) -> usize {
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (index, letter) in left.bytes().enumerate() {
        let mut corner = row[0];
        row[0] = index + 1;
        for (place, other) in right.bytes().enumerate() {
            let changed = corner + usize::from(letter != other);
            corner = row[place + 1];
            row[place + 1] = changed.min(corner + 1).min(row[place] + 1);
        }
    }
    row[right.len()]
}
