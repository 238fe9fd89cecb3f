//! Cost files as the platforms write them, in three languages.

use encoding_rs::WINDOWS_1251;
use proptest::prelude::*;

use super::*;
use crate::table::Table;
use domain::cost::{CostTerms, Rate};

mod platforms;
mod said;
mod shapes;

struct Read {
    format: Format,
    options: CostOptions,
    rows: Vec<Result<CostRow, RowError>>,
}

fn read(bytes: &[u8]) -> Read {
    let mut table = Table::open(bytes).unwrap();
    let sample = table.sample(100).unwrap();
    let options = suggest(table.layout(), &sample, "EUR".parse().unwrap());
    let format = Format::of(table.layout());
    let plan = CostPlan::new(table.layout(), options.clone(), &sample).unwrap();
    let rows = table.map(|row| plan.read(&row.unwrap())).collect();
    Read {
        format,
        options,
        rows,
    }
}

/// Day, campaign, ad group, impressions, clicks and cost of each row.
fn shown(read: &Read) -> Vec<String> {
    let show = |row: &CostRow| {
        let clicks = row
            .clicks
            .map_or("-".to_owned(), |clicks| clicks.to_string());
        format!(
            "{} {} | {} | {} {} {}",
            row.day, row.campaign, row.ad_group, row.impressions, clicks, row.cost
        )
    };
    read.rows
        .iter()
        .map(|row| {
            row.as_ref()
                .map_or_else(|e| format!("{} {}", e.row, e.code.name()), show)
        })
        .collect()
}

#[test]
fn google_ads_in_english() {
    let file = "Search keyword report\n\"November 1, 2026 - November 2, 2026\"\n\
        Day,Campaign,Campaign ID,Ad group,Keyword,Currency code,Impr.,Clicks,CTR,Cost\n\
        2026-11-01,Sunglasses,111,Ray,\"[ray ban]\",USD,\"1,200\",100,8.33%,\"15,000.00\"\n\
        2026-11-02,Sunglasses,111,Ray,\"+ray +ban\",USD,0,0, --,0.00\n\
        2026-11-02,Lenses,222,Day,lenses,USD,3000,300,10%,--\n\
        Total: Account, --, --, --, --,USD,\"4,200\",400,9.5%,\"15,000.00\"\n";
    let read = read(file.as_bytes());
    assert_eq!(read.format, Format::GoogleAds);
    assert_eq!(
        shown(&read),
        [
            "2026-11-01 Sunglasses | Ray | 1200 100 15000.00 USD",
            "2026-11-02 Sunglasses | Ray | 0 0 0.00 USD",
            "2026-11-02 Lenses | Day | 3000 300 0.00 USD",
        ]
    );
    let first = read.rows[0].as_ref().unwrap();
    assert_eq!(
        (first.keyword.as_str(), first.campaign_id.as_str()),
        ("ray ban", "111")
    );
    assert_eq!(read.rows[1].as_ref().unwrap().keyword, "ray ban");
    assert_eq!(
        (first.platform.as_str(), first.source.as_str()),
        ("google_ads", "google")
    );
    assert_eq!(first.traffic(MatchBy::Name).default_channel, "paid_search");
    assert_eq!(first.traffic(MatchBy::Id).campaign, "111");
    assert_eq!(first.traffic(MatchBy::Id).ad_group, "Ray");
}

#[test]
fn google_ads_in_russian_as_a_spreadsheet_saves_it() {
    let file = "\u{feff}Отчет по кампаниям\n1 ноября 2026 г. – 2 ноября 2026 г.\n\
        День\tКампания\tГруппа объявлений\tКод валюты\tПоказы\tКлики\tРасходы\n\
        1 нояб. 2026 г.\tОчки\tТёмные\tRUB\t1 200\t100\t\"15 000,50\"\n\
        2 нояб. 2026 г.\tОчки\tТёмные\tRUB\t --\t --\t --\n\
        Итого: кампании\t --\t --\tRUB\t1 200\t100\t15 000,50\n";
    let bytes: Vec<u8> = file.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let read = read(&bytes);
    assert_eq!(read.format, Format::GoogleAds);
    assert_eq!(
        shown(&read),
        [
            "2026-11-01 Очки | Тёмные | 1200 100 15000.50 RUB",
            "2026-11-02 Очки | Тёмные | 0 0 0.00 RUB",
        ]
    );
}

#[test]
fn google_ads_in_polish() {
    let file = "Raport kampanii\nDzień;Kampania;Grupa reklam;Kod waluty;Wyśw.;Kliknięcia;Koszt\n\
        2026-11-01;Okulary;Słoneczne;PLN;1 200;100;1 500,25\n\
        Suma: konto; --; --;PLN;1 200;100;1 500,25\n";
    let read = read(file.as_bytes());
    assert_eq!(read.format, Format::GoogleAds);
    assert_eq!(
        shown(&read),
        ["2026-11-01 Okulary | Słoneczne | 1200 100 1500.25 PLN"]
    );
}

#[test]
fn a_file_without_clicks_does_not_say_that_there_were_none() {
    let told = "day,campaign,impressions,clicks,cost\n2026-11-01,Radio,1000,0,5\n\
        2026-11-02,Radio,1000,,5\n";
    let untold = "day,campaign,impressions,cost\n2026-11-01,Radio,1000,5\n";
    for (file, clicks, unclicked) in [(told, Some(0), 0), (untold, None, 1_000)] {
        for row in read(file.as_bytes()).rows {
            let row = row.unwrap();
            assert_eq!(row.clicks, clicks);
            let terms = CostTerms {
                currency: row.cost.currency,
                rate: Rate::quoted("1", 1).unwrap(),
                vat: VatTerms::Excluded(BasisPoints(0)),
                mark_up: BasisPoints(0),
            };
            let entry = row.entry(MatchBy::Name, terms).unwrap();
            assert_eq!(entry.measures.unclicked_impressions, unclicked);
        }
    }
}

#[test]
fn google_ads_in_micro_units() {
    let file = "segments.date,campaign.name,metrics.clicks,metrics.cost_micros\n\
        2026-11-01,Lenses,300,13500000000\n2026-11-02,Lenses,1,45.5\n";
    let read = read(file.as_bytes());
    assert!(read.options.micros);
    assert_eq!(
        shown(&read),
        ["2026-11-01 Lenses |  | 0 300 13500.00 EUR", "3 bad_number"]
    );
}

const DIRECT: &str = "\"Costs (2026-11-01 - 2026-11-02)\"\n\
    Date\tCampaignId\tCampaignName\tAdGroupId\tAdGroupName\tAdId\t\
    Criterion\tImpressions\tClicks\tCost\n\
    2026-11-01\t111\tОчки\t5\tТёмные\t77\t\"купить очки\" -бу\t1000\t100\t15000000000\n\
    2026-11-02\t111\tОчки\t5\tТёмные\t--\t---autotargeting\t10\t0\t0\n\
    Total rows: 2\n";

#[test]
fn yandex_direct_in_micro_units() {
    let read = read(DIRECT.as_bytes());
    assert_eq!(read.format, Format::YandexDirect);
    assert!(read.options.micros);
    assert_eq!(read.options.vat, CostVat::Included);
    assert_eq!(
        shown(&read),
        [
            "2026-11-01 Очки | Тёмные | 1000 100 15000.00 EUR",
            "2026-11-02 Очки | Тёмные | 10 0 0.00 EUR",
        ]
    );
    let first = read.rows[0].as_ref().unwrap();
    assert_eq!(
        (first.keyword.as_str(), first.source.as_str()),
        ("купить очки", "yandex")
    );
    assert_eq!(read.rows[1].as_ref().unwrap().keyword, "---autotargeting");
}

#[test]
fn yandex_direct_in_currency_units() {
    let read = read(DIRECT.replace("15000000000", "15000.55").as_bytes());
    assert!(!read.options.micros);
    assert_eq!(
        shown(&read)[0],
        "2026-11-01 Очки | Тёмные | 1000 100 15000.55 EUR"
    );
}

#[test]
fn yandex_direct_from_its_report_page() {
    let file = "Отчёт по дням\nДата;Кампания;№ Кампании;Группа;Показы;Клики;Расход (руб.)\n\
        01.11.2026;Очки;111;Тёмные;1000;100;15 000,50\nИтого;;;;1000;100;15 000,50\n";
    let read = read(&WINDOWS_1251.encode(file).0);
    assert_eq!(read.format, Format::YandexDirect);
    assert_eq!(
        shown(&read),
        ["2026-11-01 Очки | Тёмные | 1000 100 15000.50 RUB"]
    );
    assert_eq!(read.rows[0].as_ref().unwrap().campaign_id, "111");
}

#[test]
fn the_pages_that_showed_an_ad_of_direct_are_no_platforms() {
    for own in ["Тип площадки;Площадка", "Площадка;Условие показа"]
    {
        let file = format!(
            "Дата;Кампания;{own};Показы;Клики;Расход (руб.)\n\
             01.11.2026;Очки;avito.ru;avito.ru;1000;100;15 000,50\n"
        );
        let read = read(file.as_bytes());
        assert_eq!(read.format, Format::YandexDirect, "{file}");
        let row = read.rows[0].as_ref().unwrap();
        assert_eq!(
            (row.platform.as_str(), row.source.as_str()),
            ("yandex_direct", "yandex")
        );
        assert_eq!(row.cost.to_string(), "15000.50 RUB");
    }
}

#[test]
fn a_table_that_names_its_platforms_is_not_directs() {
    for header in [
        "Дата;Площадка;Кампания;Показы;Клики;Расход",
        "Дата;Площадка;№ Кампании;Показы;Клики;Расход",
        "Дата;Платформа;Тип площадки;Показы;Клики;Расход",
    ] {
        let file = format!("{header}\n01.11.2026;vk;7;1000;100;10000\n");
        let read = read(file.as_bytes());
        assert_eq!(read.format, Format::Generic, "{header}");
        assert_eq!(read.rows[0].as_ref().unwrap().platform, "vk", "{header}");
    }
}

/// Format, source, VAT and the costs that were read.
fn check_read(file: &str, format: Format, source: &str, vat: CostVat, costs: &[&str]) {
    let read = read(file.as_bytes());
    assert_eq!(read.format, format, "{file}");
    let options = &read.options;
    assert_eq!((options.source.as_str(), options.vat), (source, vat));
    let cost = |row: &Result<CostRow, RowError>| row.as_ref().unwrap().cost.decimal();
    let shown: Vec<_> = read.rows.iter().map(cost).collect();
    assert_eq!(shown, costs, "{file}");
}

#[test]
fn a_plain_russian_table_is_nobodys_report_and_its_round_amounts_stay() {
    let generic = |file: &str, costs: &[&str]| {
        check_read(file, Format::Generic, "", CostVat::Excluded, costs);
    };
    generic(
        "Дата;Кампания;Расход\n01.11.2026;Радио;30000\n02.11.2026;Радио;20000\n",
        &["30000.00", "20000.00"],
    );
    generic(
        "Дата;Кампания;Расход (руб.);Клики\n01.11.2026;Радио;30000;1\n",
        &["30000.00"],
    );
    generic(
        "Date,CampaignName,Cost\n2026-11-01,lookalike,30000\n",
        &["30000.00"],
    );
    generic(
        "Дата;Источник;№ Кампании;Кампания;Клики;Расход\n01.11.2026;vk;7;Осень;9;10000\n",
        &["10000.00"],
    );
}

#[test]
fn what_others_call_a_day_a_currency_code_or_an_ad_group_is_not_googles() {
    let generic = |file: &str, source: &str| {
        let read = read(file.as_bytes());
        assert_eq!(read.format, Format::Generic, "{file}");
        assert_eq!(read.options.platform, "");
        let row = read.rows[0].as_ref().unwrap();
        assert_eq!((row.platform.as_str(), row.source.as_str()), ("", source));
        assert_eq!(row.cost.to_string(), "7.00 USD");
    };
    generic(
        "Day,utm_source,utm_medium,utm_campaign,Ad group,Impressions,Clicks,Cost (USD)\n\
         2026-11-01,facebook,paid,a,g,10,1,7\n",
        "facebook",
    );
    generic(
        "Dzień;Platforma;Kampania;Kod waluty;Wyśw.;Koszt\n2026-11-01;;a;USD;1;7\n",
        "",
    );
    generic(
        "Date,Campaign,Kod waluty,Impr.,Koszt\n2026-11-01,a,USD,1,7\n",
        "",
    );
}

#[test]
fn amounts_of_directs_service_are_micro_units_only_where_a_click_would_cost_a_fortune() {
    let head = "Date\tCampaignId\tClicks\tCost\n2026-11-01\t111\t";
    let direct = |row: &str, cost: &str| {
        let file = format!("{head}{row}\n");
        check_read(
            &file,
            Format::YandexDirect,
            "yandex",
            CostVat::Included,
            &[cost],
        );
    };
    direct("100\t30000", "30000.00");
    direct("1\t20000", "20000.00");
    direct("100\t30000.00", "30000.00");
    direct("100\t3000000000", "3000.00");
    direct("3\t450000", "0.45");
    let unclicked = "Date\tCampaignId\tCost\n2026-11-01\t111\t";
    for (cost, want) in [("50000", "50000.00"), ("1500000000", "1500.00")] {
        let file = format!("{unclicked}{cost}\n");
        let vat = CostVat::Included;
        check_read(&file, Format::YandexDirect, "yandex", vat, &[want]);
    }
}

#[test]
fn any_table_with_a_day_and_a_cost() {
    let file = "Date,utm_source,utm_medium,utm_campaign,Spend (USD),VAT\n\
        11/25/2026,Facebook,paid_social,autumn,\"1,200.50\",200\n\
        11/03/2026,leaflets,print,,99,\n\
        13/13/2026,x,y,z,1,\n11/04/2026,x,y,z,much,\n11/04/2026,x,y\n,x,y,z,1,\n";
    let read = read(file.as_bytes());
    assert_eq!(read.format, Format::Generic);
    assert_eq!(
        shown(&read),
        [
            "2026-11-25 autumn |  | 0 - 1200.50 USD",
            "2026-11-03  |  | 0 - 99.00 USD",
            "4 bad_date",
            "5 bad_number",
            "6 too_few_cells",
            "7 missing_value",
        ]
    );
    let first = read.rows[0].as_ref().unwrap();
    assert_eq!(
        (first.source.as_str(), first.medium.as_str()),
        ("facebook", "paid_social")
    );
    assert_eq!(first.vat.unwrap().decimal(), "200.00");
    let error = read.rows[3].as_ref().unwrap_err();
    assert_eq!(error.field, Some(Field::Cost));
    assert_eq!(error.detail, "\"much\" is not an amount");
}

#[test]
fn what_stands_beside_an_amount_is_its_currency() {
    let file = "Date,Source,Campaign,Currency,Cost,VAT\n\
        2026-11-06,fb,a,,$13,\n2026-11-06,fb,a,,€15.00,€3\n2026-11-06,fb,a,,15,\n\
        2026-11-06,fb,a,CAD,$7,\n2026-11-06,fb,a,RUB,$7,\n2026-11-06,fb,a,,$7,3 zł\n\
        2026-11-06,fb,a,,12 thousand,\n2026-11-06,fb,a,wooden,7,\n";
    let read = read(file.as_bytes());
    let shown: Vec<_> = read
        .rows
        .iter()
        .map(|row| match row {
            Ok(row) => row.cost.to_string(),
            Err(error) => format!("{} {}", error.field.unwrap().key(), error.code.name()),
        })
        .collect();
    let wanted = [
        "13.00 USD",
        "15.00 EUR",
        "15.00 EUR",
        "7.00 CAD",
        "cost bad_currency",
        "vat bad_currency",
        "cost bad_currency",
        "currency bad_currency",
    ];
    assert_eq!(shown, wanted);
    let error = read.rows[4].as_ref().unwrap_err();
    assert_eq!(error.detail, "the amount is in \"$\", and yet in RUB");
}

#[test]
fn a_title_that_names_another_currency_than_the_cell_refuses_it() {
    let read =
        read("Дата;Источник;Расход, руб.\n01.11.2026;vk;5 ₽\n01.11.2026;vk;5 €\n".as_bytes());
    assert_eq!(read.options.currency.code(), "RUB");
    assert_eq!(read.rows[0].as_ref().unwrap().cost.to_string(), "5.00 RUB");
    let error = read.rows[1].as_ref().unwrap_err();
    assert_eq!(error.code, RowErrorCode::BadCurrency);
}

#[test]
fn a_row_becomes_an_entry_in_the_workspaces_currency() {
    let read = read(b"day,campaign,cost,vat\n2026-11-01,a,120,\n2026-11-01,a,120,30\n");
    let terms = CostTerms {
        currency: "PLN".parse().unwrap(),
        rate: Rate::quoted("4", 1).unwrap(),
        vat: VatTerms::Included(BasisPoints(2_000)),
        mark_up: BasisPoints(1_000),
    };
    let measures = |at: usize| {
        let row = read.rows[at].as_ref().unwrap();
        let entry = row.entry(MatchBy::Name, terms).unwrap();
        let m = entry.measures;
        (
            m.cost_micros / 1_000_000,
            m.vat_micros / 1_000_000,
            m.original_micros / 1_000_000,
        )
    };
    assert_eq!(measures(0), (440, 88, 120));
    assert_eq!(measures(1), (396, 132, 120));
}

#[test]
fn a_mark_up_is_a_percentage() {
    let mut options = suggest(&layout(), &[], "PLN".parse().unwrap());
    for (percent, want) in [
        ("0", Some(0)),
        ("12.5", Some(1_250)),
        ("-1", None),
        ("0.001", None),
    ] {
        options.mark_up_percent = percent.to_owned();
        assert_eq!(options.mark_up().ok(), want.map(BasisPoints), "{percent}");
    }
}

#[test]
fn options_read_as_the_api_writes_them() {
    let text = r#"{"source":"google","medium":"cpc","platform":"google_ads","currency":"USD",
        "vat":"included","mark_up_percent":"10","match":"id","columns":{"0":"day","3":null},
        "micros":true}"#;
    let options: CostOptions = serde_json::from_str(text).unwrap();
    assert_eq!(options.match_by, MatchBy::Id);
    assert_eq!(
        options.columns,
        BTreeMap::from([(0, Some(Field::Day)), (3, None)])
    );
    let written = serde_json::to_string(&options).unwrap();
    assert_eq!(
        serde_json::from_str::<CostOptions>(&written).unwrap(),
        options
    );
    assert!(serde_json::from_str::<CostOptions>(r#"{"currency":"USD","vta":"x"}"#).is_err());
}

fn layout() -> Layout {
    Table::open(&b"day,cost\n"[..]).unwrap().layout().clone()
}

#[test]
fn a_file_without_a_cost_is_refused() {
    let table = Table::open(&b"day,clicks\n2026-11-01,1\n"[..]).unwrap();
    let options = suggest(table.layout(), &[], "EUR".parse().unwrap());
    let refused = CostPlan::new(table.layout(), options, &[]).err();
    assert_eq!(refused, Some(PlanError::MissingColumn(Field::Cost)));
}

proptest! {
    #[test]
    fn no_row_panics(cells in prop::collection::vec(".{0,12}", 0..6)) {
        let options = suggest(&layout(), &[], "EUR".parse().unwrap());
        let plan = CostPlan::new(&layout(), options, &[]).unwrap();
        let _ = plan.read(&TableRow { row: 1, cells });
    }
}
