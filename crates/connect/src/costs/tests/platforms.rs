//! Reports of VK Ads, Meta, `TikTok`, Microsoft and Yandex Metrica, as their pages save them.

use super::*;
use crate::table::NO_VALUE;

/// Format, platform, source and the channel of the first row.
fn check(file: &str, format: Format, source: &str, channel: &str, rows: &[&str]) -> Read {
    let read = read(file.as_bytes());
    assert_eq!(read.format, format, "{file}");
    assert_eq!(read.options.vat, CostVat::Excluded);
    assert_eq!(shown(&read), rows);
    let first = read.rows[0].as_ref().unwrap();
    assert_eq!(
        (first.platform.as_str(), first.source.as_str()),
        (format.platform(), source)
    );
    assert_eq!(first.traffic(MatchBy::Name).default_channel, channel);
    read
}

#[test]
fn metas_export_in_three_languages() {
    let english = "Campaign name,Campaign ID,Ad set name,Ad name,Day,Impressions,Link clicks,\
        Clicks (all),Amount spent (USD),Reporting starts,Reporting ends\n\
        ,,,,,110,6,9,13.50,2026-11-01,2026-11-02\n\
        Autumn,120210000000000123,Set,Banner,2026-11-01,100,5,8,12.50,2026-11-01,2026-11-01\n\
        Autumn,120210000000000123,Set,Banner,2026-11-02,10,1,1,1,2026-11-02,2026-11-02\n";
    let wanted = [
        "2026-11-01 Autumn | Set | 100 5 12.50 USD",
        "2026-11-02 Autumn | Set | 10 1 1.00 USD",
    ];
    let read = check(english, Format::MetaAds, "facebook", "paid_social", &wanted);
    let first = read.rows[0].as_ref().unwrap();
    assert_eq!(first.campaign_id, "120210000000000123");
    let russian = "Название кампании;Название группы объявлений;День;Показы;Клики по ссылке;\
        Сумма затрат (RUB);Дата начала отчетности;Дата окончания отчетности\n\
        Осень;Группа;2026-11-01;100;5;1200,50;2026-11-01;2026-11-01\n";
    let wanted = ["2026-11-01 Осень | Группа | 100 5 1200.50 RUB"];
    check(russian, Format::MetaAds, "facebook", "paid_social", &wanted);
    let polish = "Nazwa kampanii;Nazwa zestawu reklam;Dzień;Wyświetlenia;Kliknięcia linku;\
        Wydana kwota (PLN)\nJesień;Zestaw;2026-11-01;100;5;12,50\n";
    let wanted = ["2026-11-01 Jesień | Zestaw | 100 5 12.50 PLN"];
    check(polish, Format::MetaAds, "facebook", "paid_social", &wanted);
}

#[test]
fn tiktoks_export() {
    let file = "Campaign name,Campaign ID,Ad group name,Ad Group ID,By Day,Currency,Cost,\
        CPC (destination),Impressions,Clicks (destination)\n\
        Autumn,1790,Group,1791,2026-11-01,EUR,12.50,2.50,100,5\n\
        Total of 1 results,-,-,-,-,EUR,12.50,2.50,100,5\n";
    let wanted = ["2026-11-01 Autumn | Group | 100 5 12.50 EUR"];
    let read = check(file, Format::TiktokAds, "tiktok", "paid_social", &wanted);
    assert_eq!(read.rows[0].as_ref().unwrap().ad_group_id, "1791");
}

#[test]
fn microsofts_export_ends_in_an_imprint() {
    let file = "Report Name: Campaigns\nReport Time: 11/1/2026\n\n\
        Time period,Account name,Campaign,Campaign ID,Ad group,Impressions,Clicks,Spend,\
        Currency code\n\
        11/1/2026,Shop,Brand,1,Group,10,1,7,USD\n11/20/2026,Shop,Brand,1,Group,10,1,8,USD\n\n\
        \"\u{a9}2026 Microsoft Corporation. All rights reserved. \"\n";
    let wanted = [
        "2026-11-01 Brand | Group | 10 1 7.00 USD",
        "2026-11-20 Brand | Group | 10 1 8.00 USD",
    ];
    check(file, Format::MicrosoftAds, "bing", "paid_search", &wanted);
    let service = "TimePeriod,AccountId,CampaignId,CampaignName,Impressions,Clicks,Spend,\
        CurrencyCode\n2026-11-01,9,1,Brand,10,1,7,USD\n";
    let wanted = ["2026-11-01 Brand |  | 10 1 7.00 USD"];
    check(
        service,
        Format::MicrosoftAds,
        "bing",
        "paid_search",
        &wanted,
    );
}

#[test]
fn vks_export() {
    let file = "Дата;ID кампании;Название кампании;ID группы;Название группы;Показы;Клики;\
        CTR, %;eCPC, ₽;Потрачено всего, ₽\n\
        01.11.2026;77;Осень;78;Группа;1 000;10;1,00;12,05;120,50\n\
        Итого;;;;;1 000;10;1,00;12,05;120,50\n";
    let wanted = ["2026-11-01 Осень | Группа | 1000 10 120.50 RUB"];
    let read = check(file, Format::VkAds, "vk", "paid_social", &wanted);
    let first = read.rows[0].as_ref().unwrap();
    assert_eq!(
        (first.campaign_id.as_str(), first.ad_group_id.as_str()),
        ("77", "78")
    );
}

#[test]
fn expenses_of_metrica_name_their_sources() {
    let file = "Date,UTMSource,UTMMedium,UTMCampaign,UTMContent,UTMTerm,Clicks,Expenses,Currency\n\
        2026-11-01,vk,cpc,autumn,banner,glasses,10,120.50,RUB\n\
        2026-11-01,yandex,cpc,brand,,,1,7,RUB\n";
    let read = read(file.as_bytes());
    assert_eq!(read.format, Format::MetricaExpenses);
    assert_eq!(read.options.vat, CostVat::Excluded);
    assert_eq!(
        shown(&read),
        [
            "2026-11-01 autumn |  | 0 10 120.50 RUB",
            "2026-11-01 brand |  | 0 1 7.00 RUB",
        ]
    );
    let first = read.rows[0].as_ref().unwrap();
    assert_eq!(
        (
            first.platform.as_str(),
            first.source.as_str(),
            first.ad.as_str()
        ),
        ("", "vk", "banner")
    );
    let other = "Date,TrafficSource,Expenses\n2026-11-01,radio,5\n";
    assert_eq!(
        super::read(other.as_bytes()).format,
        Format::MetricaExpenses
    );
}

#[test]
fn what_only_resembles_a_platforms_report_is_a_table() {
    for file in [
        "Day,Campaign,Amount spent (USD)\n2026-11-01,a,7\n",
        "Time period,Spend\n2026-11-01,7\n",
        "Time period,Campaign name,Impressions,Spend\n2026-11-01,a,10,7\n",
        "Day,Campaign Name,Ad Set Name,Impressions,Amount Spent\n2026-11-01,a,b,10,7\n",
        "stat_time_day,campaign_name,spend\n2026-11-01,a,7\n",
        "Дата;Кампания;eCPC;Списано\n2026-11-01;a;1;7\n",
        "Date,Campaign,eCPA,Spent total\n2026-11-01,a,1,7\n",
        "Дата;Кампания;Потрачено всего\n2026-11-01;a;7\n",
        "By day,Campaign,Cost\n2026-11-01,a,7\n",
        "Date,UTMSource,Cost\n2026-11-01,a,7\n",
    ] {
        let read = read(file.as_bytes());
        assert_eq!(read.format, Format::Generic, "{file}");
        assert_eq!(read.rows.len(), 1, "{file}");
    }
}

/// Campaigns merged over their days leave the names of all but the first empty.
const MERGED: &str = "Дата;Название кампании;eCPC, ₽;Потрачено всего, ₽\n\
    01.11.2026;Осень;1;120,50\n02.11.2026;;1;80\n;;1;200,50\n01.11.2026 - 02.11.2026;--;1;200,50\n";

#[test]
fn a_row_without_names_but_with_its_day_does_not_vanish() {
    let read = read(MERGED.as_bytes());
    assert_eq!(read.format, Format::VkAds);
    let wanted = ["2026-11-01 Осень |  | 0 - 120.50 RUB", "3 nameless"];
    assert_eq!(shown(&read), wanted);
}

#[test]
fn rows_without_names_count_where_the_user_says_that_it_is_no_platforms_file() {
    let mut table = Table::open(MERGED.as_bytes()).unwrap();
    let sample = table.sample(100).unwrap();
    let options = suggest(table.layout(), &sample, "EUR".parse().unwrap()).of_no_platform();
    let plan = CostPlan::new(table.layout(), options, &sample).unwrap();
    let read: Vec<i64> = sample
        .iter()
        .map(|row| plan.read(row).unwrap().cost.micros)
        .collect();
    assert_eq!(read, [120_500_000, 80_000_000]);
}

#[test]
fn the_sum_of_accounts_on_one_day_is_no_account() {
    let file = "Account name,Amount spent (EUR),Reporting starts,Reporting ends\n\
        ,13.50,2026-11-01,2026-11-01\nShop,13.50,2026-11-01,2026-11-01\n";
    let read = read(file.as_bytes());
    assert_eq!(read.format, Format::MetaAds);
    assert_eq!(
        shown(&read),
        ["2 nameless", "2026-11-01  |  | 0 - 13.50 EUR"]
    );
}

#[test]
fn a_formula_without_a_value_is_no_cost_of_zero() {
    let file = format!("day,campaign,cost\n2026-11-01,a,{NO_VALUE}\n2026-11-02,{NO_VALUE},5\n");
    let read = read(file.as_bytes());
    let refused: Vec<_> = read
        .rows
        .iter()
        .map(|row| row.as_ref().unwrap_err())
        .collect();
    let told: Vec<_> = refused
        .iter()
        .map(|error| (error.field, error.code.name()))
        .collect();
    let wanted = [
        (Some(Field::Cost), "no_value"),
        (Some(Field::Campaign), "no_value"),
    ];
    assert_eq!(told, wanted);
}

#[test]
fn only_a_platforms_row_without_names_sums_up() {
    let file = "Day,Campaign,Cost\n2026-11-01,,7\n";
    assert_eq!(
        shown(&read(file.as_bytes())),
        ["2026-11-01  |  | 0 - 7.00 EUR"]
    );
}
