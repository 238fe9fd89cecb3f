//! Cost files as they come: whose they are, on which days, in which currency, of which campaigns.

use serde_json::{Value, json};

use crate::imports::{rejections, upload};
use crate::leads::load_visit;
use crate::support::TestApp;
use crate::uploads::import_as;

#[tokio::test(flavor = "multi_thread")]
async fn a_preview_says_that_amounts_are_read_as_micros_and_never_does_so_with_a_plain_table() {
    let test = TestApp::start().await;
    let codes = async |file: &str| {
        let preview = upload(&test, file, Some(json!({"source": "radio"}))).await;
        let sums = preview.effects.iter().map(|effect| effect.after.clone());
        let sums: Vec<_> = sums.collect();
        let codes = preview.warnings.iter().map(|warning| warning.code);
        (preview.format, codes.collect::<Vec<_>>(), sums.join(" "))
    };
    let service = "Date\tCampaignId\tClicks\tCost\n2026-11-01\t111\t10\t150000000\n";
    let wanted = ("yandex_direct", vec!["read_as_micros"], "150.00".to_owned());
    assert_eq!(codes(service).await, wanted);
    let plain = "Дата;Кампания;Расход\n01.11.2026;Радио;30000\n02.11.2026;Радио;20000\n";
    let wanted = ("generic", vec![], "50000.00".to_owned());
    assert_eq!(codes(plain).await, wanted);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_report_that_is_said_to_be_another_sources_is_no_report_of_the_platform() {
    let test = TestApp::start().await;
    let service = "Date\tCampaignId\tClicks\tCost\n2026-11-01\t111\t10\t150\n";
    let told = async |given: Value| {
        let options = upload(&test, service, Some(given)).await.options;
        ["source", "platform", "vat"].map(|name| options[name].as_str().unwrap().to_owned())
    };
    let direct = ["yandex", "yandex_direct", "included"];
    assert_eq!(told(json!({})).await, direct);
    assert_eq!(told(json!({"source": "Yandex"})).await[1..], direct[1..]);
    let radio = told(json!({"source": "radio"})).await;
    assert_eq!(radio, ["radio", "", "excluded"]);
    let both = told(json!({"source": "radio", "platform": "yandex_direct"})).await;
    assert_eq!(both, ["radio", "yandex_direct", "included"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_wrong_date_does_not_make_the_costs_of_a_year_vanish() {
    let test = TestApp::start().await;
    let header = "Date,Source,Account,Campaign,Cost\n";
    let first = format!(
        "{header}2025-12-01,fb,x,a,10\n2026-02-01,fb,x,a,20\n2026-10-31,fb,x,a,30\n\
         2026-11-05,fb,x,b,40\n"
    );
    let nothing = json!({"keep_earlier": "nothing"});
    import_as(&test, &first, Some(nothing.clone())).await;
    let second = format!(
        "{header}2025-12-01,fb,x,a,11\n2026-11-05,fb,x,a,50\n2026-11-21,fb,x,a,60\n\
         2030-11-05,fb,x,a,60\n"
    );
    let told = async |options: Value| {
        let preview = upload(&test, &second, Some(options)).await;
        let effects = preview.effects.iter();
        let effects =
            effects.map(|told| format!("{:?} {} {}", told.effect, told.amounts, told.before));
        let apart = preview
            .warnings
            .iter()
            .find(|told| told.code == "days_apart");
        let apart =
            apart.map(|told| [told.day.unwrap(), told.until.unwrap()].map(|d| d.to_string()));
        (
            effects.collect::<Vec<_>>(),
            apart.unwrap(),
            preview.rows_ready,
        )
    };
    let (effects, apart, ready) = told(json!({})).await;
    assert_eq!(
        effects,
        [
            "Added 1 0.00",
            "Changed 1 10.00",
            "Vanished 1 40.00",
            "Kept 2 50.00"
        ]
    );
    assert_eq!(
        (apart, ready),
        (["2025-12-02", "2026-11-04"].map(str::to_owned), Some(2))
    );
    let (effects, ..) = told(nothing).await;
    assert_eq!(
        effects,
        ["Added 1 0.00", "Changed 1 10.00", "Vanished 3 90.00"]
    );
    let done = import_as(&test, &second, None).await;
    let left = rejections(&test, &done).await;
    assert_eq!(left.len(), 2);
    assert!(left[0].contains("in_the_future"), "{left:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_preview_tells_where_campaigns_land_and_they_may_be_given_to_tracked_ones() {
    let test = TestApp::start().await;
    load_visit(&test);
    let file = "Day,Campaign,Campaign ID,Impr.,Clicks,Cost\n\
        2026-11-01,Lenses 2026,7,1,1,5\n\
        2026-11-02,Lenses 2026,7,1,1,5\n2026-11-02,lenses,8,1,1,5\n";
    let told = async |given: Option<Value>| {
        let preview = upload(&test, file, given).await;
        let campaigns = preview.campaigns.iter();
        let told = campaigns.map(|told| {
            let channel = told.channel.as_deref().unwrap_or("-");
            format!(
                "{} {} {channel} {} {}",
                told.name, told.rows, told.campaign, told.visits
            )
        });
        let tracked = preview.tracked.iter();
        let tracked = tracked.map(|of| format!("{} {} {}", of.source, of.campaign, of.visits));
        (told.collect::<Vec<_>>(), tracked.collect::<Vec<_>>())
    };
    let (campaigns, tracked) = told(None).await;
    let known = "lenses 1 Paid search lenses 1";
    assert_eq!(
        campaigns,
        ["Lenses 2026 2 Paid search Lenses 2026 0", known]
    );
    assert_eq!(tracked, ["google lenses 1"]);
    let given = json!({"campaigns": {"Lenses 2026": "lenses"}});
    let (campaigns, _) = told(Some(given.clone())).await;
    assert_eq!(campaigns, ["Lenses 2026 2 Paid search lenses 1", known]);
    import_as(&test, file, Some(given)).await;
    test.settle().await;
    let sums = test.ask(
        "select t.campaign, sum(c.clicks) from costs as c join traffic as t on t.traffic = c.traffic
        group by all",
    );
    assert_eq!(sums, ["lenses|3"]);
}

fn day_read(preview: &app::Preview) -> String {
    let parsed = preview.sample[0].parsed.as_ref().unwrap().as_ref().unwrap();
    let day = parsed.iter().find(|(field, _)| *field == "day").unwrap();
    day.1.clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn dates_that_could_be_read_either_way_are_read_as_the_workspace_does_and_said_so() {
    let test = TestApp::start().await;
    let file = "Date,Source,Campaign,Cost\n05/11/2026,fb,a,12.50\n06/11/2026,fb,a,1.50\n";
    let guessed = upload(&test, file, None).await;
    let told = &guessed.warnings[0];
    let days = [told.day, told.until].map(|day| day.unwrap().to_string());
    assert_eq!(told.code, "ambiguous_dates");
    assert_eq!(days, ["2026-11-05", "2026-11-06"]);
    assert_eq!(guessed.date_order, Some(app::DateOrder::DayFirst));
    assert_eq!(guessed.options["date_order"], Value::Null);
    let said = Some(json!({"date_order": "month_first"}));
    let chosen = upload(&test, file, said.clone()).await;
    assert!(chosen.warnings.is_empty(), "{:?}", chosen.warnings);
    assert_eq!(chosen.date_order, Some(app::DateOrder::MonthFirst));
    assert_eq!(day_read(&chosen), "2026-05-11");
    let done = import_as(&test, file, said).await;
    let period = (done.import.result.first_day, done.import.result.last_day);
    let period = [period.0, period.1].map(|day| day.unwrap().to_string());
    assert_eq!(period, ["2026-05-11", "2026-06-11"]);
    let guessed = import_as(&test, file, None).await;
    let first = guessed.import.result.first_day.unwrap().to_string();
    assert_eq!(first, "2026-11-05");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_row_of_a_long_file_may_tell_how_its_dates_are_read() {
    let test = TestApp::start().await;
    let many = "10/05/2026,fb,a,1.50\n".repeat(1_000);
    let file = format!("Date,Source,Campaign,Cost\n{many}10/13/2026,fb,a,1.50\n");
    let preview = upload(&test, &file, None).await;
    assert!(preview.warnings.is_empty(), "{:?}", preview.warnings);
    assert_eq!(
        (preview.date_order, preview.rows_ready),
        (None, Some(1_001))
    );
    assert_eq!(day_read(&preview), "2026-10-05");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cell_in_dollars_is_no_cell_in_zlotys() {
    let test = TestApp::start().await;
    let file = "Date,Source,Campaign,Cost\n2026-11-06,fb,cur,$13\n2026-11-06,fb,cur,13\n";
    let preview = upload(&test, file, None).await;
    assert_eq!(preview.rows_ready, Some(1));
    let lacking = preview.warnings.iter().find_map(|told| told.currency);
    assert_eq!(lacking.unwrap().code(), "USD");
}
