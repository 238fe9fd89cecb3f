//! Reads the values of a filter, or says which of them is none.

use base::Country;

use super::calendar::{Days, WeekTable};
use super::click::TextField;
use super::definition::{FILTERS_MAX, Filter, Rule, Subject, VALUE_CHARS_MAX, VALUES_MAX};
use super::filter::{MACHINE, PreparedFilter, Test, Where, Words};
use super::flaw::{Flaw, Misfit};
use super::memory::Period;
use super::pattern::{Expressions, Patterns, PatternsBuilder};

const SUBS_MAX: usize = 30;

/// The filters of a rule, the dearest last: all of them have to be asked only where all hold.
pub(super) fn read_rule(
    rule: &Rule,
    known: &mut Expressions,
) -> Result<Box<[PreparedFilter]>, Misfit> {
    if rule.filters.len() > FILTERS_MAX {
        return Err(Misfit::from(Flaw::TooMany(FILTERS_MAX)).within("filters"));
    }
    let filters = rule.filters.iter().enumerate();
    let prepared = filters.map(|(place, filter)| {
        read_filter(filter, place, known).map_err(|misfit| misfit.within_nth("filters", place))
    });
    let mut prepared: Box<[PreparedFilter]> = prepared.collect::<Result<_, _>>()?;
    prepared.sort_by_key(PreparedFilter::cost);
    Ok(prepared)
}

fn read_filter(
    filter: &Filter,
    place: usize,
    known: &mut Expressions,
) -> Result<PreparedFilter, Misfit> {
    check_name(filter).map_err(|flaw| Misfit::from(flaw).within("name"))?;
    let values = said_values(filter)?;
    Ok(PreparedFilter {
        subject: filter.by,
        place,
        op: filter.op,
        takes_unknown: filter.values.contains(&None),
        test: read_test(filter, &values, known)?,
    })
}

/// The values but unknown, each with its place.
type Values<'f> = Vec<(usize, &'f str)>;

fn said_values(filter: &Filter) -> Result<Values<'_>, Misfit> {
    let in_list = |flaw: Flaw| Misfit::from(flaw).within("values");
    let count = filter.values.len();
    if count == 0 {
        return Err(in_list(Flaw::NoValue));
    }
    if count > VALUES_MAX {
        return Err(in_list(Flaw::TooMany(VALUES_MAX)));
    }
    let said = filter.values.iter().enumerate();
    let said = said.filter_map(|(at, value)| Some((at, value.as_deref()?.trim())));
    let values: Values<'_> = said.collect();
    let is_long = |value: &str| value.chars().count() > VALUE_CHARS_MAX;
    match values.iter().find(|(_, v)| v.is_empty() || is_long(v)) {
        Some((at, _)) => Err(Misfit::from(Flaw::Length).within_nth("values", *at)),
        None => Ok(values),
    }
}

fn check_name(filter: &Filter) -> Result<(), Flaw> {
    match filter.by {
        Subject::Parameter if filter.name.is_empty() => Err(Flaw::NameMissing),
        Subject::Parameter if filter.name.chars().count() > VALUE_CHARS_MAX => Err(Flaw::Length),
        Subject::Sub => read_sub(&filter.name).map(drop),
        Subject::Parameter => Ok(()),
        _ if filter.name.is_empty() => Ok(()),
        _ => Err(Flaw::NameUnwanted),
    }
}

fn read_test(
    filter: &Filter,
    values: &Values<'_>,
    known: &mut Expressions,
) -> Result<Test, Misfit> {
    let text = |field, known: &mut Expressions| Ok(Test::Text(field, patterns(values, known)?));
    match filter.by {
        Subject::Country => {
            let mut codes = each(values, read_country)?;
            codes.sort_unstable();
            Ok(Test::Country(codes))
        }
        Subject::Asn => {
            let mut numbers = each(values, read_asn)?;
            numbers.sort_unstable();
            Ok(Test::Asn(numbers))
        }
        Subject::Device => words(Words::Device, values),
        Subject::Connection => words(Words::Connection, values),
        Subject::Proxy => words(Words::Proxy, values),
        Subject::Bot => words(Words::Sender, values),
        Subject::Region => text(TextField::Region, known),
        Subject::City => text(TextField::City, known),
        Subject::Os => text(TextField::Os, known),
        Subject::OsVersion => text(TextField::OsVersion, known),
        Subject::Browser => text(TextField::Browser, known),
        Subject::BrowserVersion => text(TextField::BrowserVersion, known),
        Subject::Language => text(TextField::Language, known),
        Subject::Isp => text(TextField::Isp, known),
        Subject::Referrer => text(TextField::Referrer, known),
        Subject::Keyword => text(TextField::Keyword, known),
        Subject::Parameter => {
            let name = filter.name.as_str().into();
            Ok(Test::Parameter(name, patterns(values, known)?))
        }
        Subject::Sub => {
            let number = read_sub(&filter.name)?;
            Ok(Test::Sub(number - 1, patterns(values, known)?))
        }
        Subject::TimeTable => {
            let mut table = WeekTable::default();
            each(values, |value| table.add(value))?;
            Ok(Test::TimeTable(table))
        }
        Subject::Dates => Ok(Test::Dates(each(values, Days::read)?)),
        Subject::Unique => only(values, read_where).map(Test::Unique),
        Subject::ClicksBelow => {
            let (period, limit) = only(values, read_limit)?;
            Ok(Test::ClicksBelow(period, limit))
        }
    }
}

fn each<T>(
    values: &Values<'_>,
    mut read: impl FnMut(&str) -> Result<T, Flaw>,
) -> Result<Box<[T]>, Misfit> {
    let read = values.iter().map(|(at, value)| {
        read(value).map_err(|flaw| Misfit::from(flaw).within_nth("values", *at))
    });
    read.collect()
}

/// Of a subject that is asked one thing at a time.
fn only<T>(values: &Values<'_>, read: impl Fn(&str) -> Result<T, Flaw>) -> Result<T, Misfit> {
    match values.as_slice() {
        [(at, value)] => read(value).map_err(|flaw| Misfit::from(flaw).within_nth("values", *at)),
        _ => Err(Misfit::from(Flaw::SeveralValues).within("values")),
    }
}

fn patterns(values: &Values<'_>, known: &mut Expressions) -> Result<Patterns, Misfit> {
    let mut builder = PatternsBuilder::default();
    each(values, |value| builder.add(value, known))?;
    Ok(builder.build())
}

fn words(words: Words, values: &Values<'_>) -> Result<Test, Misfit> {
    let bits = each(values, |value| {
        words
            .bits(&value.to_ascii_lowercase())
            .ok_or_else(|| not_among(value, words))
    })?;
    let wanted = bits.iter().fold(0, |all, bits| all | bits);
    Ok(Test::Word(words, wanted))
}

fn not_among(said: &str, words: Words) -> Flaw {
    let mut known = words.all().to_vec();
    if words == Words::Sender {
        known.insert(1, MACHINE);
    }
    Flaw::NotAmong {
        said: said.to_owned(),
        known: known.join(", "),
    }
}

fn read_country(value: &str) -> Result<[u8; 2], Flaw> {
    match Country::from_code(value) {
        Country::UNKNOWN => Err(Flaw::NoCountry(value.to_owned())),
        Country(code) => Ok(code),
    }
}

fn read_asn(value: &str) -> Result<u32, Flaw> {
    let is_prefix = |head: &str| head.eq_ignore_ascii_case("as");
    let digits = match value.split_at_checked(2) {
        Some((head, rest)) if is_prefix(head) => rest,
        _ => value,
    };
    read_number(digits).ok_or_else(|| Flaw::NoAsn(value.to_owned()))
}

fn read_sub(name: &str) -> Result<usize, Flaw> {
    let number = read_number::<usize>(name);
    let number = number.filter(|number| (1..=SUBS_MAX).contains(number));
    number.ok_or(Flaw::NoSub)
}

fn read_where(value: &str) -> Result<Where, Flaw> {
    match value {
        "campaign" => Ok(Where::Campaign),
        "flow" => Ok(Where::Flow),
        "global" => Ok(Where::Global),
        _ => Err(Flaw::NotAmong {
            said: value.to_owned(),
            known: "campaign, flow, global".to_owned(),
        }),
    }
}

fn read_limit(value: &str) -> Result<(Period, u64), Flaw> {
    let wrong = || Flaw::NoLimit(value.to_owned());
    let (clicks, period) = value.split_once('/').ok_or_else(wrong)?;
    let period = match period {
        "hour" => Period::Hour,
        "day" => Period::Day,
        "total" => Period::Total,
        _ => return Err(wrong()),
    };
    let clicks = read_number(clicks).filter(|clicks| *clicks > 0);
    Ok((period, clicks.ok_or_else(wrong)?))
}

/// Digits alone, without a sign.
fn read_number<N: std::str::FromStr>(text: &str) -> Option<N> {
    let is_number = text.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| text.parse().ok()).flatten()
}
