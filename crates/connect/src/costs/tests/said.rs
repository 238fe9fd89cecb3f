//! What platforms say that their ads brought, in the columns that they write it to.

use super::*;

/// Conversions and their value as the file has them, and in the workspace's currency.
fn said(file: &str) -> Vec<(String, Option<String>, i64)> {
    let told = |row: Result<CostRow, RowError>| {
        let row = row.unwrap();
        let terms = CostTerms {
            currency: "RUB".parse().unwrap(),
            rate: Rate::quoted("20.5", 1).unwrap(),
            vat: VatTerms::Included(BasisPoints(2_000)),
            mark_up: BasisPoints(1_000),
        };
        let measures = row.entry(MatchBy::Name, terms).unwrap().measures;
        let value = row.conversion_value.map(Money::decimal);
        let conversions = row.said_conversions();
        (conversions, value, measures.conversion_value_micros)
    };
    read(file.as_bytes()).rows.into_iter().map(told).collect()
}

#[test]
fn shared_conversions_are_exact_and_their_value_is_converted_alone() {
    let google = "Day,Campaign,Currency code,Impressions,Clicks,Cost,Conversions,\
        Cost / conv.,Conv. value,Conv. value / cost,All conv.\n\
        2026-11-01,Lenses,PLN,1000,50,\"1,500.00\",2.33,643.78,\"1,200.10\",0.80,9\n\
        2026-11-02,Lenses,PLN,10,1,5, --, --, --, --, --\n";
    let value = Some("1200.10".to_owned());
    let wanted = [
        ("2.33".to_owned(), value, 24_602_050_000),
        (String::new(), None, 0),
    ];
    assert_eq!(said(google), wanted);
}

#[test]
fn each_platform_names_them_its_own_way() {
    let direct = "Дата;Кампания;Показы;Клики;Расход (руб.), с НДС;Конверсии;Доход (руб.)\n\
        01.11.2026;Очки;1000;50;1500,50;3;4500,00\n";
    let api = "segments.date\tcampaign.name\tmetrics.clicks\tmetrics.cost_micros\t\
        metrics.conversions\tmetrics.conversions_value\n\
        2026-11-01\tAutumn\t5\t12500000\t1.5\t30.25\n";
    let microsoft = "Time period,Campaign,Impressions,Clicks,Spend,Conversions,Revenue\n\
        2026-11-01,Autumn,100,5,12.50,1.5,30\n";
    let polish = "Dzień;Kampania;Wyśw.;Kliknięcia;Koszt;Konwersje;Wart. konw.\n\
        2026-11-01;Okulary;100;5;12,50;1,50;30,25\n";
    for (file, conversions, value) in [
        (direct, "3", Some("4500.00")),
        (api, "1.5", Some("30.25")),
        (microsoft, "1.5", Some("30.00")),
        (polish, "1.5", Some("30.25")),
    ] {
        let [(told, worth, _)] = <[_; 1]>::try_from(said(file)).unwrap();
        assert_eq!((told.as_str(), worth.as_deref()), (conversions, value));
    }
}

#[test]
fn direct_writes_the_worth_in_millionths_where_it_writes_the_cost_so() {
    let direct = "Date\tCampaignName\tClicks\tCost\tConversions\tRevenue\n\
        2026-11-01\tAutumn\t30\t1500000000\t3\t4500000000\n";
    let [(told, worth, _)] = <[_; 1]>::try_from(said(direct)).unwrap();
    assert_eq!((told.as_str(), worth.as_deref()), ("3", Some("4500.00")));
}

#[test]
fn a_worth_in_another_currency_than_the_cost_is_refused() {
    let head = "Day,Campaign,Clicks";
    for file in [
        format!("{head},Cost (USD),Conv. value (EUR)\n2026-11-01,Autumn,5,13,1200\n"),
        format!("{head},Cost,Conv. value\n2026-11-01,Autumn,5,$13,€1200\n"),
    ] {
        let refused = read(file.as_bytes()).rows.remove(0).unwrap_err();
        assert_eq!(refused.code, RowErrorCode::BadCurrency, "{file}");
        assert_eq!(refused.field, Some(Field::ConversionValue));
    }
}

#[test]
fn what_meta_calls_results_may_be_anything_and_is_left_to_be_chosen() {
    let meta = "Campaign name,Day,Impressions,Amount spent (USD),Result indicator,Results\n\
        Autumn,2026-11-01,100000,12.50,reach,100000\n";
    assert_eq!(said(meta)[0].0, "");
}
