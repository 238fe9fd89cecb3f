//! What can be wrong with a formula, where, and in which words it is said.

use super::units::Powers;
use super::{FORMULA_CHARS_MAX, PARTS_MAX, Span};
use crate::context::Language;

/// What is wrong with a formula, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    at: Span,
    fault: Fault,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Fault {
    Empty,
    TooLong,
    TooManyParts,
    UnknownCharacter(char),
    BadNumber(String),
    /// A metric, a number or a bracket belongs here; what stands there instead.
    NoOperand(Option<String>),
    /// Nothing joins it to what stands before it.
    NoOperator(String),
    NotClosed,
    NotOpened,
    UnknownMetric {
        name: String,
        near: Option<&'static str>,
    },
    NotAnOperand(String),
    UnitsDiffer(Box<[Operand; 2]>),
    NoProduct(Box<[Operand; 2]>),
    NoQuotient(Box<[Operand; 2]>),
    DividedByZero,
    NoMetric,
    NotShown(Powers),
}

/// A side of an operation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Operand {
    pub(crate) text: String,
    pub(crate) powers: Powers,
}

/// Characters of a side that are named.
const SIDE_CHARS_MAX: usize = 60;

impl Problem {
    pub(crate) fn at(at: Span, fault: Fault) -> Self {
        Self { at, fault }
    }

    /// The first character that is meant, counted from zero, and the one after the last.
    #[must_use]
    pub fn place(&self) -> (usize, usize) {
        (self.at.from, self.at.to)
    }

    /// A stable name.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self.fault {
            Fault::Empty => "formula_empty",
            Fault::TooLong | Fault::TooManyParts => "formula_too_long",
            Fault::UnknownCharacter(_) => "formula_character",
            Fault::BadNumber(_) => "formula_number",
            Fault::NoOperand(_) => "formula_operand",
            Fault::NoOperator(_) => "formula_operator",
            Fault::NotClosed | Fault::NotOpened => "formula_bracket",
            Fault::UnknownMetric { .. } => "formula_metric",
            Fault::NotAnOperand(_) => "formula_no_sum",
            Fault::UnitsDiffer(_) | Fault::NoProduct(_) | Fault::NoQuotient(_) => "formula_units",
            Fault::DividedByZero => "formula_zero",
            Fault::NoMetric => "formula_constant",
            Fault::NotShown(_) => "formula_unit",
        }
    }

    /// What is wrong, in a sentence that names the place.
    #[must_use]
    pub fn sentence(&self, language: Language) -> String {
        let what = match language {
            Language::En => self.in_english(),
            Language::Ru => self.in_russian(),
            Language::Pl => self.in_polish(),
        };
        let place = self.at.from + 1;
        match language {
            Language::En => format!("Character {place}: {what}"),
            Language::Ru => format!("Символ {place}: {what}"),
            Language::Pl => format!("Znak {place}: {what}"),
        }
    }

    fn in_english(&self) -> String {
        let sides = |sides: &[Operand; 2]| {
            let [left, right] = told(sides, Language::En);
            format!(
                "“{}” is {} and “{}” is {}",
                left.0, left.1, right.0, right.1
            )
        };
        match &self.fault {
            Fault::Empty => "write a formula, such as spend by leads: cost / leads.".to_owned(),
            Fault::TooLong => format!("a formula has at most {FORMULA_CHARS_MAX} characters."),
            Fault::TooManyParts => format!("a formula has at most {PARTS_MAX} parts."),
            Fault::UnknownCharacter(',') => {
                "decimals are written with a point, such as 1.5.".to_owned()
            }
            Fault::UnknownCharacter(other) => format!("“{other}” is no part of a formula."),
            Fault::BadNumber(text) => {
                format!("“{text}” is no number that a formula can hold.")
            }
            Fault::NoOperand(None) => {
                "the formula ends where a metric or a number belongs.".to_owned()
            }
            Fault::NoOperand(Some(found)) => {
                format!("a metric or a number belongs here, not “{found}”.")
            }
            Fault::NoOperator(found) => {
                format!("one of + − * / belongs before “{found}”.")
            }
            Fault::NotClosed => "this bracket is not closed.".to_owned(),
            Fault::NotOpened => "this bracket was not opened.".to_owned(),
            Fault::UnknownMetric { name, near: None } => format!("there is no metric “{name}”."),
            Fault::UnknownMetric {
                name,
                near: Some(near),
            } => format!("there is no metric “{name}”; did you mean “{near}”?"),
            Fault::NotAnOperand(name) => format!(
                "“{name}” is neither a sum nor a quotient of sums, so it is no part of a formula."
            ),
            Fault::UnitsDiffer(both) => format!(
                "{}: only what has the same unit is added or subtracted.",
                sides(both)
            ),
            Fault::NoProduct(both) => {
                format!("{}: their product has no meaning.", sides(both))
            }
            Fault::NoQuotient(both) => {
                format!("{}: their quotient has no meaning.", sides(both))
            }
            Fault::DividedByZero => "nothing is divided by zero.".to_owned(),
            Fault::NoMetric => "the formula names no metric.".to_owned(),
            Fault::NotShown(powers) => format!(
                "the formula gives {}, which no number is shown in.",
                powers.words(Language::En)
            ),
        }
    }

    fn in_russian(&self) -> String {
        let sides = |sides: &[Operand; 2]| {
            let [left, right] = told(sides, Language::Ru);
            format!("«{}» — {}, а «{}» — {}", left.0, left.1, right.0, right.1)
        };
        match &self.fault {
            Fault::Empty => "напишите формулу, например расход на лиды: cost / leads.".to_owned(),
            Fault::TooLong => format!("в формуле не больше {FORMULA_CHARS_MAX} символов."),
            Fault::TooManyParts => format!("в формуле не больше {PARTS_MAX} частей."),
            Fault::UnknownCharacter(',') => {
                "дробная часть пишется через точку, например 1.5.".to_owned()
            }
            Fault::UnknownCharacter(other) => format!("«{other}» в формулах не бывает."),
            Fault::BadNumber(text) => format!("«{text}» — не число, которое может быть в формуле."),
            Fault::NoOperand(None) => {
                "формула обрывается там, где нужны показатель или число.".to_owned()
            }
            Fault::NoOperand(Some(found)) => {
                format!("здесь нужны показатель или число, а не «{found}».")
            }
            Fault::NoOperator(found) => format!("перед «{found}» нужен знак + − * или /."),
            Fault::NotClosed => "эта скобка не закрыта.".to_owned(),
            Fault::NotOpened => "эта скобка не была открыта.".to_owned(),
            Fault::UnknownMetric { name, near: None } => format!("показателя «{name}» нет."),
            Fault::UnknownMetric {
                name,
                near: Some(near),
            } => format!("показателя «{name}» нет; может быть, «{near}»?"),
            Fault::NotAnOperand(name) => format!(
                "«{name}» — не сумма и не частное сумм, поэтому в формуле его быть не может."
            ),
            Fault::UnitsDiffer(both) => format!(
                "{}: складывают и вычитают только то, что в одних единицах.",
                sides(both)
            ),
            Fault::NoProduct(both) => {
                format!("{}: их произведение не имеет смысла.", sides(both))
            }
            Fault::NoQuotient(both) => format!("{}: их частное не имеет смысла.", sides(both)),
            Fault::DividedByZero => "на ноль не делят.".to_owned(),
            Fault::NoMetric => "в формуле нет ни одного показателя.".to_owned(),
            Fault::NotShown(powers) => format!(
                "результат формулы — {}, так числа не показывают.",
                powers.words(Language::Ru)
            ),
        }
    }

    fn in_polish(&self) -> String {
        let sides = |sides: &[Operand; 2]| {
            let [left, right] = told(sides, Language::Pl);
            format!("„{}” to {}, a „{}” to {}", left.0, left.1, right.0, right.1)
        };
        match &self.fault {
            Fault::Empty => "napisz formułę, na przykład koszt na leady: cost / leads.".to_owned(),
            Fault::TooLong => format!("formuła ma najwyżej {FORMULA_CHARS_MAX} znaków."),
            Fault::TooManyParts => format!("formuła ma najwyżej {PARTS_MAX} części."),
            Fault::UnknownCharacter(',') => {
                "część dziesiętną pisze się po kropce, na przykład 1.5.".to_owned()
            }
            Fault::UnknownCharacter(other) => format!("„{other}” nie należy do formuł."),
            Fault::BadNumber(text) => {
                format!("„{text}” nie jest liczbą, którą może zawierać formuła.")
            }
            Fault::NoOperand(None) => {
                "formuła urywa się tam, gdzie trzeba wskaźnika albo liczby.".to_owned()
            }
            Fault::NoOperand(Some(found)) => {
                format!("tu trzeba wskaźnika albo liczby, a nie „{found}”.")
            }
            Fault::NoOperator(found) => format!("przed „{found}” trzeba znaku + − * albo /."),
            Fault::NotClosed => "ten nawias nie jest zamknięty.".to_owned(),
            Fault::NotOpened => "ten nawias nie został otwarty.".to_owned(),
            Fault::UnknownMetric { name, near: None } => format!("nie ma wskaźnika „{name}”."),
            Fault::UnknownMetric {
                name,
                near: Some(near),
            } => format!("nie ma wskaźnika „{name}”; może „{near}”?"),
            Fault::NotAnOperand(name) => format!(
                "„{name}” nie jest sumą ani ilorazem sum, więc nie może być częścią formuły."
            ),
            Fault::UnitsDiffer(both) => format!(
                "{}: dodaje i odejmuje się tylko to, co ma tę samą jednostkę.",
                sides(both)
            ),
            Fault::NoProduct(both) => format!("{}: ich iloczyn nie ma sensu.", sides(both)),
            Fault::NoQuotient(both) => format!("{}: ich iloraz nie ma sensu.", sides(both)),
            Fault::DividedByZero => "nie dzieli się przez zero.".to_owned(),
            Fault::NoMetric => "formuła nie wymienia żadnego wskaźnika.".to_owned(),
            Fault::NotShown(powers) => format!(
                "wynik formuły to {}, a tak nie pokazuje się żadnej liczby.",
                powers.words(Language::Pl)
            ),
        }
    }
}

/// Both sides: their text, and what they are measured in.
fn told(sides: &[Operand; 2], language: Language) -> [(String, String); 2] {
    sides.each_ref().map(|side| {
        let mut text: String = side.text.chars().take(SIDE_CHARS_MAX).collect();
        if text.len() < side.text.len() {
            text.push('…');
        }
        (text, side.powers.words(language))
    })
}
