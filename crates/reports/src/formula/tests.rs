//! Formulas against a second evaluator over fractions without a limit, and the rules of units.

use num_rational::BigRational;
use proptest::prelude::*;

use super::evaluate::worked_out;
use super::parse::parse;
use super::*;
use crate::catalogue::{Measure, metric};
use crate::request::Vat;

const UNIT: i128 = 1_000_000;
const KEYS: [&str; 6] = ["cost", "revenue", "leads", "visitors", "cpl", "romi"];

#[track_caller]
fn check_units(text: &str, expected: &[MetricFormat]) {
    let read = MetricFormula::read(text).unwrap_or_else(|problem| {
        panic!("{text}: {}", problem.sentence(Language::En));
    });
    assert_eq!(read.formats(), expected, "{text}");
}

#[track_caller]
fn check_refused(text: &str, code: &str, place: (usize, usize), says: &str) {
    let problem = MetricFormula::read(text).expect_err(text);
    assert_eq!((problem.code(), problem.place()), (code, place), "{text}");
    let sentence = problem.sentence(Language::En);
    assert!(sentence.contains(says), "{text}: {sentence}");
    for language in [Language::Ru, Language::Pl] {
        assert_ne!(problem.sentence(language), sentence);
    }
}

fn custom(text: &str, format: MetricFormat) -> CustomMetric {
    CustomMetric {
        id: 1,
        name: "Own".to_owned(),
        description: String::new(),
        formula: MetricFormula::read(text).unwrap(),
        format,
        direction: Direction::Neutral,
    }
}

fn sums(values: &[(Measure, i128)]) -> Sums {
    let mut sums = Sums::new(Vat::Net, "EUR".parse().unwrap());
    for (measure, value) in values {
        sums.add(*measure, *value);
    }
    sums
}

#[track_caller]
fn check_value(text: &str, format: MetricFormat, expected: Result<&str, &str>) {
    let values = [
        (Measure::Revenue, 8_000 * UNIT * UNIT),
        (Measure::CostOfGoods, 3_000 * UNIT * UNIT),
        (Measure::Cost, 2_500 * UNIT),
        (Measure::Leads, 12 * UNIT),
        (Measure::Visitors, 100),
        (Measure::Visits, 120),
        (Measure::EngagedMs, 90_000),
    ];
    let own = custom(text, format);
    let asked = crate::asked::Asked::Custom(own.into());
    let currency = "EUR".parse().unwrap();
    let cell = crate::compute::cell(asked.shown(), &asked.number(&sums(&values)), currency);
    match expected {
        Ok(value) => assert_eq!(cell.value.as_deref(), Some(value), "{text}"),
        Err(reason) => assert_eq!((cell.value, cell.reason), (None, Some(reason)), "{text}"),
    }
}

#[test]
fn units_follow_from_the_parts() {
    use MetricFormat::{Count, Days, Duration, Money, Number, Percent};
    check_units("revenue - cost", &[Money]);
    check_units("(revenue - cost) / leads", &[Money]);
    check_units("cpl * leads + cost", &[Money]);
    check_units("leads / visitors * 100%", &[Percent, Number]);
    check_units("1 - cost / revenue", &[Percent, Number]);
    check_units("leads * 1.5", &[Count]);
    check_units("engaged_time / visitors", &[Duration, Days]);
    check_units("cr_visit_lead / 2", &[Percent, Number]);
}

#[test]
fn what_does_not_go_together_is_named_with_its_place() {
    let says = "“revenue” is money and “leads” is a count";
    check_refused("2 * (revenue + leads)", "formula_units", (4, 21), says);
    let says = "“cost” is money and “cost / leads” is money / a count";
    check_refused("cost - cost / leads", "formula_units", (0, 19), says);
    check_refused("cost * revenue", "formula_units", (0, 14), "product");
    check_refused("leads * leads", "formula_units", (0, 13), "product");
    check_refused(
        "engaged_time * visits_",
        "formula_metric",
        (15, 22),
        "“visits”",
    );
    check_refused("leads / cost", "formula_unit", (0, 12), "a count / money");
    check_refused("payback / 2", "formula_no_sum", (0, 7), "“payback”");
    check_refused("cost / (2 - 2)", "formula_zero", (7, 14), "zero");
    check_refused("100 * 2", "formula_constant", (0, 7), "no metric");
}

#[test]
fn what_cannot_be_read_is_named_with_its_place() {
    check_refused("", "formula_empty", (0, 0), "write");
    check_refused("cost /", "formula_operand", (6, 6), "ends");
    check_refused("cost / * leads", "formula_operand", (7, 8), "“*”");
    check_refused("cost leads", "formula_operator", (5, 10), "“leads”");
    check_refused("(cost", "formula_bracket", (0, 1), "not closed");
    check_refused("cost)", "formula_bracket", (4, 5), "not opened");
    check_refused("cost * 1,5", "formula_character", (8, 9), "point");
    check_refused("cost & leads", "formula_character", (5, 6), "“&”");
    check_refused("cost * 1.2.3", "formula_number", (7, 12), "1.2.3");
    check_refused("cst / leads", "formula_metric", (0, 3), "“cost”");
    check_refused(&"-".repeat(200), "formula_too_long", (30, 31), "parts");
    check_refused(&" ".repeat(501), "formula_too_long", (500, 501), "500");
}

#[test]
fn a_formula_is_applied_to_the_sums_and_rounded_once() {
    use MetricFormat::{Count, Days, Duration, Money, Number, Percent};
    check_value("(revenue - cost) / leads", Money, Ok("458.33"));
    check_value("leads / visitors * 100%", Percent, Ok("12.00"));
    check_value("leads / visitors", Number, Ok("0.12"));
    check_value("1 - cost / revenue", Percent, Ok("68.75"));
    check_value("leads * 1.5", Count, Ok("18"));
    check_value("leads / 8 * 1", Count, Ok("1.50"));
    check_value("engaged_time / visits", Duration, Ok("0.8"));
    check_value("engaged_time * 960", Days, Ok("1.0"));
    // As its own column has it, not as that is shown: 208.333… times twelve.
    check_value("cpl * leads - cost", Money, Ok("0.00"));
    check_value("romi / 100%", Percent, Ok("100.00"));
    check_value("cr_visit_lead", Percent, Ok("10.00"));
}

#[test]
fn nothing_over_zero_and_nothing_made_of_nothing_is_a_number() {
    check_value("cost / sales", MetricFormat::Money, Err("zero_denominator"));
    check_value(
        "cost + 0 * cost / sales * sales",
        MetricFormat::Money,
        Err("zero_denominator"),
    );
    check_value("cpo * 2", MetricFormat::Money, Err("zero_denominator"));
    check_value(
        "cost / (leads - leads)",
        MetricFormat::Money,
        Err("zero_denominator"),
    );
    let large = "cost * 999999999999999 * 999999999999999 * 999999999999999";
    check_value(large, MetricFormat::Money, Err("too_large"));
}

#[test]
fn other_signs_are_read_and_written_in_the_usual_ones() {
    let text = |text: &str| MetricFormula::read(text).unwrap().text();
    assert_eq!(text("Revenue−cost÷2 × 05.50%"), "revenue - cost / 2 * 5.5%");
    assert_eq!(text("((cost))/(leads*2)"), "cost / (leads * 2)");
    assert_eq!(text("-(-cost)"), "--cost");
}

fn constants() -> impl Strategy<Value = Constant> {
    (0_u64..100_000, 0_u8..4, any::<bool>()).prop_map(|(digits, places, is_percent)| {
        let trailing = digits % 10 == 0;
        Constant {
            digits,
            places: if trailing { 0 } else { places },
            is_percent,
        }
    })
}

fn expressions() -> impl Strategy<Value = Expression> {
    let made = |part| Expression {
        at: Span::at(0),
        part,
    };
    let leaf = prop_oneof![
        constants().prop_map(Part::Constant),
        prop::sample::select(&KEYS[..]).prop_map(|key| Part::Metric(metric(key).unwrap())),
    ];
    let operators = [
        Operator::Plus,
        Operator::Minus,
        Operator::Times,
        Operator::Over,
    ];
    leaf.prop_map(made).prop_recursive(6, 24, 2, move |inner| {
        let pair = (
            prop::sample::select(operators.to_vec()),
            inner.clone(),
            inner.clone(),
        );
        prop_oneof![
            inner.prop_map(move |inner| made(Part::Negated(Box::new(inner)))),
            pair.prop_map(move |(operator, left, right)| made(Part::Pair {
                operator,
                left: Box::new(left),
                right: Box::new(right),
            })),
        ]
    })
}

/// The same with fractions that have no limit, straight from the definition.
fn naive(expression: &Expression, values: &[(i64, i64)]) -> Option<BigRational> {
    match &expression.part {
        Part::Constant(constant) => {
            let places = u32::from(constant.places) + if constant.is_percent { 2 } else { 0 };
            let bottom = 10_u64.pow(places);
            Some(BigRational::new(constant.digits.into(), bottom.into()))
        }
        Part::Metric(metric) => {
            let at = KEYS.iter().position(|key| *key == metric.key)?;
            let (top, bottom) = values[at];
            (bottom != 0).then(|| BigRational::new(top.into(), bottom.into()))
        }
        Part::Negated(inner) => Some(-naive(inner, values)?),
        Part::Pair {
            operator,
            left,
            right,
        } => {
            let (left, right) = (naive(left, values)?, naive(right, values)?);
            match operator {
                Operator::Plus => Some(left + right),
                Operator::Minus => Some(left - right),
                Operator::Times => Some(left * right),
                Operator::Over => {
                    (right != BigRational::new(0.into(), 1.into())).then(|| left / right)
                }
            }
        }
    }
}

proptest! {
    #[test]
    fn what_is_written_reads_back_as_it_was(expression in expressions()) {
        let text = expression.to_string();
        prop_assume!(text.chars().count() <= FORMULA_CHARS_MAX);
        let read = parse(&text).unwrap();
        prop_assert_eq!(&read, &expression, "{}", text);
        prop_assert_eq!(read.to_string(), text);
    }

    #[test]
    fn whatever_is_written_is_read_or_refused_within_it(
        text in "[a-z_0-9.%+*/() \\-×,é]{0,60}",
    ) {
        if let Err(problem) = MetricFormula::read(&text) {
            let (from, to) = problem.place();
            prop_assert!(from <= to && to <= text.chars().count());
        }
    }

    #[test]
    fn formulas_equal_their_naive_twin(
        expression in expressions(),
        values in prop::collection::vec((-1_000_000_i64..1_000_000, 0_i64..1_000), 6),
    ) {
        let of = |metric: &'static Metric| {
            let at = KEYS.iter().position(|key| *key == metric.key).unwrap();
            let (top, bottom) = values[at];
            Rational::new(top.into(), bottom.into()).ok_or("zero_denominator")
        };
        let expected = naive(&expression, &values);
        match worked_out(&expression, &of) {
            Ok(found) => {
                let (top, bottom) = found.parts();
                prop_assert_eq!(Some(BigRational::new(top.into(), bottom.into())), expected);
            }
            Err("too_large") => {}
            Err(_) => prop_assert_eq!(expected, None),
        }
    }
}
