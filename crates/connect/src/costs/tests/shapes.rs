//! Rows about days, tags and campaigns in a shape of their own.

use super::*;

#[test]
fn metas_own_export_is_read_where_its_rows_are_about_one_day() {
    let file = "Reporting starts,Reporting ends,Campaign name,Ad set name,Link clicks,\
        Impressions,Amount spent (USD)\n\
        2026-11-01,2026-11-01,Autumn,Set,5,100,12.50\n\
        2026-11-01,2026-11-30,Autumn,Set,5,100,12.50\n\
        2026-11-01,,Autumn,Set,5,100,1\n2026-11-01,soon,Autumn,Set,5,100,1\n";
    let read = read(file.as_bytes());
    assert_eq!(
        shown(&read),
        [
            "2026-11-01 Autumn | Set | 100 5 12.50 USD",
            "3 long_period",
            "2026-11-01 Autumn | Set | 100 5 1.00 USD",
            "5 bad_date",
        ]
    );
    let error = read.rows[1].as_ref().unwrap_err();
    let wanted = "the row is about 2026-11-01 to 2026-11-30 together; have the report broken \
        down by day";
    assert_eq!(
        (error.field, error.detail.as_str()),
        (Some(Field::Day), wanted)
    );
}

#[test]
fn metricas_expenses_may_write_a_day_as_a_range() {
    let file = "Date,UTMSource,UTMCampaign,Expenses\n2026-11-01/2026-11-01,vk,a,5\n\
        2026-11-01/2026-11-03,vk,a,5\n";
    assert_eq!(
        shown(&read(file.as_bytes())),
        ["2026-11-01 a |  | 0 - 5.00 EUR", "3 long_period"]
    );
}

#[test]
fn tags_win_over_names_and_a_row_may_say_itself_whether_it_holds_vat() {
    let file = "date,platform,account,campaign_id,campaign_name,adgroup_id,ad_id,keyword,\
        utm_source,utm_medium,utm_campaign,utm_content,utm_term,impressions,clicks,cost,\
        currency,vat_included\n\
        2026-11-01,vk_ads,x,1,Autumn sale,2,3,[glasses],vk,cpc,autumn,banner,glasses buy,9,1,\
        120,PLN,yes\n\
        2026-11-01,vk_ads,x,1,Autumn sale,2,3,,vk,cpc,autumn,,,9,1,120,PLN,0\n\
        2026-11-01,vk_ads,x,1,Autumn sale,2,3,,vk,cpc,autumn,,,9,1,120,PLN,perhaps\n";
    let read = read(file.as_bytes());
    let first = read.rows[0].as_ref().unwrap();
    assert_eq!(
        (
            first.campaign.as_str(),
            first.ad.as_str(),
            first.keyword.as_str()
        ),
        ("autumn", "banner", "glasses buy")
    );
    let rate = BasisPoints(2_000);
    let terms = |at: usize| {
        read.options
            .vat_terms(read.rows[at].as_ref().unwrap(), rate)
    };
    assert_eq!(terms(0), VatTerms::Included(rate));
    assert_eq!(terms(1), VatTerms::Excluded(rate));
    assert_eq!(shown(&read)[2], "4 bad_flag");
}

#[test]
fn a_campaign_of_the_file_may_be_another_one_in_reports() {
    let file = "Day,Source,Campaign,Campaign ID,Cost\n2026-11-01,g,Autumn,7,5\n\
        2026-11-01,g,Winter,8,5\n2026-11-01,g,,9,5\n";
    let mut table = Table::open(file.as_bytes()).unwrap();
    let sample = table.sample(9).unwrap();
    let rows: Vec<TableRow> = table.map(Result::unwrap).collect();
    let layout = Table::open(file.as_bytes()).unwrap().layout().clone();
    let campaigns = |match_by: MatchBy, map: &[(&str, &str)]| {
        let map = map
            .iter()
            .map(|(file, to)| ((*file).to_owned(), (*to).to_owned()));
        let options = CostOptions {
            campaigns: map.collect(),
            match_by,
            ..suggest(&layout, &sample, "EUR".parse().unwrap())
        };
        let plan = CostPlan::new(&layout, options, &sample).unwrap();
        let read = rows.iter().map(|row| plan.read(row).unwrap());
        let shown =
            read.map(|row| format!("{}>{}", row.file_campaign, row.traffic(match_by).campaign));
        shown.collect::<Vec<_>>().join(" ")
    };
    let by_name = campaigns(MatchBy::Name, &[("Autumn", "autumn"), ("9", "nine")]);
    assert_eq!(by_name, "Autumn>autumn Winter>Winter 9>nine");
    let by_id = campaigns(MatchBy::Id, &[("7", "77"), ("Winter", "no")]);
    assert_eq!(by_id, "7>77 8>8 9>9");
}
