//! Every field of a deal file: by its titles in three languages, and what is refused of it.

use super::*;
use crate::table::Table;

/// The fields in the order in which the headers below name them.
const FIELDS: [Field; 18] = [
    Field::ExternalId,
    Field::Title,
    Field::Status,
    Field::Amount,
    Field::CostOfGoods,
    Field::Currency,
    Field::CreatedAt,
    Field::PaidAt,
    Field::Visit,
    Field::LeadExternalId,
    Field::Customer,
    Field::Name,
    Field::Phone,
    Field::Email,
    Field::Responsible,
    Field::Source,
    Field::Medium,
    Field::Campaign,
];
const ENGLISH: &str = "Order ID;Title;Order status;Order total;Cost of goods;Currency;\
    Order date;Payment date;Visit number;Lead ID;Customer ID;Customer name;Phone;E-mail;\
    Deal owner;utm_source;utm_medium;Campaign name";
const RUSSIAN: &str = "Номер заказа;Название сделки;Статус заказа;Сумма заказа;Себестоимость;\
    Валюта;Дата создания;Дата оплаты;Номер визита;ID лида;ID клиента;ФИО;Телефон;\
    Электронная почта;Ответственный;Источник;Тип трафика;Кампания";
const POLISH: &str = "Numer zamówienia;Tytuł;Status zamówienia;Wartość zamówienia;\
    Koszt towaru;Waluta;Data utworzenia;Data płatności;Numer wizyty;ID leada;ID klienta;\
    Imię i nazwisko;Numer telefonu;Adres e-mail;Opiekun;Źródło;Kanał;Nazwa kampanii";
const ROW: [&str; 18] = [
    "A-1",
    "Frames",
    "paid",
    "1234,50",
    "500,25",
    "EUR",
    "2026-11-01 12:00",
    "2026-11-02 13:30",
    "0000000000007",
    "L-9",
    "C-4",
    "Anna Nowak",
    "512 345 678",
    "Anna@Mail.example",
    "oleg@shop.example",
    "google",
    "cpc",
    "Sunglasses",
];

fn plan_and_rows(text: &str) -> (DealPlan, Vec<TableRow>) {
    let mut table = Table::open(text.as_bytes()).unwrap();
    let sample = table.sample(10).unwrap();
    let options = RecordOptions {
        date_order: None,
        status_groups: Default::default(),
        columns: Default::default(),
        currency: "PLN".parse().unwrap(),
        time_zone: "UTC".into(),
        default_country: "PL".into(),
        source_label: String::new(),
        sheet: None,
        site: None,
        tool: None,
    };
    let plan = DealPlan::new(table.layout(), &options, &sample).unwrap();
    (plan, table.map(Result::unwrap).collect())
}

fn full() -> DealRow {
    DealRow {
        row: 2,
        external_id: "A-1".into(),
        title: "Frames".into(),
        status: "paid".into(),
        amount: Money::new(1_234_500_000, "EUR".parse().unwrap()),
        cost_of_goods: Some(Money::new(500_250_000, "EUR".parse().unwrap())),
        created: UnixMillis::parse_rfc3339("2026-11-01T12:00:00Z").unwrap(),
        paid: UnixMillis::parse_rfc3339("2026-11-02T13:30:00Z"),
        visit: Some(VisitId(7)),
        lead_external_id: Some("L-9".into()),
        customer: Some("C-4".into()),
        name: "Anna Nowak".into(),
        phone: Phone::parse("+48512345678", base::Country::from_code("PL")).ok(),
        email: Email::parse("anna@mail.example").ok(),
        responsible: "oleg@shop.example".into(),
        declared: Some(Traffic {
            source: "google".into(),
            medium: "cpc".into(),
            campaign: "Sunglasses".into(),
            default_channel: "paid_search".into(),
            ..Traffic::default()
        }),
    }
}

fn check_header(header: &str) {
    let (mut plan, rows) = plan_and_rows(&format!("{header}\n{}\n", ROW.join(";")));
    for (column, field) in FIELDS.into_iter().enumerate() {
        let found = plan.mapping().column(field).map(|(found, _)| found);
        assert_eq!(found, Some(column), "{field:?} in {header}");
    }
    assert_eq!(plan.read(&rows[0]).unwrap(), full(), "{header}");
}

#[test]
fn every_field_goes_by_its_titles_in_three_languages() {
    assert_eq!(FIELDS.as_slice(), Kind::Deals.fields());
    check_header(ENGLISH);
    check_header(RUSSIAN);
    check_header(POLISH);
}

/// The full row with other cells in some columns, and what is said of it.
fn read_with(cells: &[(Field, &str)]) -> Result<DealRow, RowError> {
    let mut row = ROW;
    for (field, cell) in cells {
        row[FIELDS.iter().position(|known| known == field).unwrap()] = cell;
    }
    // A good row behind it lets the file's marks of decimals and dates be told.
    let text = format!("{ENGLISH}\n{}\n{}\n", row.join(";"), ROW.join(";"));
    let (mut plan, rows) = plan_and_rows(&text);
    plan.read(&rows[0])
}

fn check_refused(cells: &[(Field, &str)], code: RowErrorCode) {
    let error = read_with(cells).unwrap_err();
    let (field, _) = cells[0];
    assert_eq!(
        (error.row, error.field, error.code),
        (2, Some(field), code),
        "{cells:?}"
    );
    assert!(!error.detail.is_empty());
}

#[test]
fn a_field_that_cannot_be_read_is_refused_by_name() {
    check_refused(&[(Field::ExternalId, "")], RowErrorCode::MissingValue);
    check_refused(&[(Field::Status, "")], RowErrorCode::MissingValue);
    check_refused(&[(Field::Amount, "")], RowErrorCode::MissingValue);
    check_refused(&[(Field::CreatedAt, "")], RowErrorCode::MissingValue);
    check_refused(&[(Field::Amount, "many")], RowErrorCode::BadNumber);
    check_refused(&[(Field::CostOfGoods, "few")], RowErrorCode::BadNumber);
    check_refused(&[(Field::Currency, "coins")], RowErrorCode::BadCurrency);
    check_refused(&[(Field::CreatedAt, "soon")], RowErrorCode::BadDate);
    check_refused(&[(Field::PaidAt, "2026-13-40")], RowErrorCode::BadDate);
    check_refused(&[(Field::Visit, "seven")], RowErrorCode::BadVisit);
    check_refused(
        &[(Field::Phone, "call me"), (Field::Email, "")],
        RowErrorCode::BadPhone,
    );
    check_refused(
        &[(Field::Email, "anna@"), (Field::Phone, "")],
        RowErrorCode::BadEmail,
    );
    let long = "x".repeat(5_000);
    for field in [
        Field::Title,
        Field::Name,
        Field::Responsible,
        Field::LeadExternalId,
        Field::Campaign,
    ] {
        check_refused(&[(field, &long)], RowErrorCode::TooLong);
    }
}

#[test]
fn what_may_be_empty_is_left_out() {
    let empty = [
        Field::Title,
        Field::CostOfGoods,
        Field::Currency,
        Field::PaidAt,
        Field::Visit,
        Field::LeadExternalId,
        Field::Customer,
        Field::Name,
        Field::Phone,
        Field::Email,
        Field::Responsible,
        Field::Source,
        Field::Medium,
        Field::Campaign,
    ];
    let deal = read_with(&empty.map(|field| (field, ""))).unwrap();
    let wanted = DealRow {
        title: String::new(),
        amount: Money::new(1_234_500_000, "PLN".parse().unwrap()),
        cost_of_goods: None,
        paid: None,
        visit: None,
        lead_external_id: None,
        customer: None,
        name: String::new(),
        phone: None,
        email: None,
        responsible: String::new(),
        declared: None,
        ..full()
    };
    assert_eq!(deal, wanted);
}

#[test]
fn one_good_contact_is_enough() {
    let deal = read_with(&[(Field::Phone, "call me")]).unwrap();
    assert_eq!((deal.phone, deal.email), (None, full().email));
}

#[test]
fn a_row_of_another_width_is_refused() {
    let width = |row: &str| {
        let (mut plan, rows) = plan_and_rows(&format!("{ENGLISH}\n{}\n{row}\n", ROW.join(";")));
        plan.read(&rows[1]).unwrap_err().code
    };
    assert_eq!(width("A-2;Frames;paid;5"), RowErrorCode::TooFewCells);
    let wide = format!("{};more", ROW.join(";"));
    assert_eq!(width(&wide), RowErrorCode::TooManyCells);
}
