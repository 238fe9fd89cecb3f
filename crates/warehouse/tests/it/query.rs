//! Queries have limits.

use std::time::Duration;

use warehouse::{Error, Limits, Parameter, Value};

use crate::facts::{House, by_engine};

#[test]
fn parameters_are_bound_by_number_and_may_be_used_twice() {
    let house = House::new();
    let parameters = [
        Parameter::Text("a'b".into()),
        Parameter::Int(-5),
        Parameter::Key(u64::MAX),
    ];
    let table = house
        .warehouse
        .query(
            "select $1, $2, $3, $1, null",
            &parameters,
            Limits::default(),
        )
        .unwrap();
    let text = Value::Text("a'b".into());
    let expected = vec![
        text.clone(),
        Value::Int(-5),
        Value::Int(u64::MAX.into()),
        text,
        Value::Null,
    ];
    assert_eq!(table.rows, [expected]);
}

#[test]
fn a_list_of_many_thousands_is_one_parameter() {
    let house = House::new();
    let visitors = vec![u64::MAX.to_string(); 100_000];
    let parameters = [Parameter::Text(visitors.join(","))];
    let count = by_engine(
        "select len(string_split($1, ','))",
        "select toInt64(length(splitByChar(',', $1)))",
    );
    let table = house.warehouse.query(count, &parameters, Limits::default());
    assert_eq!(table.unwrap().rows, [[Value::Int(100_000)]]);
}

#[test]
fn texts_and_statements_of_any_length_are_taken_as_they_are() {
    let house = House::new();
    let hostile = "л\\'\"\n\r\t$1{p1:String}-- /*";
    let long = hostile.repeat(10_000);
    let parameters = [hostile, &long].map(|text| Parameter::Text(text.to_owned()));
    let statement = format!("select $1, $2, $1 where '{}' <> ''", "ж".repeat(100_000));
    let table = house
        .warehouse
        .query(&statement, &parameters, Limits::default());
    let [hostile, long] = [hostile.to_owned(), long].map(Value::Text);
    assert!(table.unwrap().rows == [[hostile.clone(), long, hostile]]);
}

#[test]
fn a_query_that_takes_too_long_is_stopped() {
    let house = House::new();
    let limits = Limits {
        timeout: Duration::from_millis(50),
        ..Limits::default()
    };
    let endless = by_engine(
        "select sum(a.range * b.range) from range(10000000) a, range(10000000) b",
        "select sum(a.number * b.number) from numbers(10000000) a, numbers(10000000) b",
    );
    let error = house.warehouse.query(endless, &[], limits).unwrap_err();
    assert!(
        matches!(error, Error::TimedOut { timeout_ms: 50 }),
        "{error}"
    );
    assert_eq!(house.numbers("select 1"), [1]);
}

#[test]
fn an_answer_with_too_many_rows_is_refused() {
    let house = House::new();
    let limits = Limits {
        rows_max: 10,
        ..Limits::default()
    };
    assert_eq!(
        house
            .warehouse
            .query(
                by_engine("from range(10)", "select * from numbers(10)"),
                &[],
                limits
            )
            .unwrap()
            .rows
            .len(),
        10
    );
    let error = house
        .warehouse
        .query(
            by_engine("from range(11)", "select * from numbers(11)"),
            &[],
            limits,
        )
        .unwrap_err();
    assert!(
        matches!(error, Error::TooManyRows { rows_max: 10 }),
        "{error}"
    );
}

#[test]
fn a_wrong_statement_names_the_step() {
    let house = House::new();
    let error = house
        .warehouse
        .query("select x", &[], Limits::default())
        .unwrap_err();
    let step = by_engine("failed to prepare a query", "failed to run a query");
    assert_eq!(error.to_string(), step);
}
