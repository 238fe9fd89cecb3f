//! A person is erased everywhere, and what was counted is as it was.

use std::path::Path;

use app::{
    AppError, DealInput, ErasureStep, ImportKind, LeadInput, PageRequest, PaymentInput,
    PersonQuery, StatusGroup,
};
use base::{
    Agent, ClickIdKind, Country, Device, Fact, Hit, HitId, HitKind, LeadId, Page, Traffic, VisitId,
    VisitorId,
};

use crate::leads::{lead, send};
use crate::records::import;
use crate::support::TestApp;

pub(crate) const ANNA: u64 = 0xfeed_beef_cafe_d00d;
const BORIS: u64 = 0x0bad_cafe_1234_5678;
pub(crate) const VISIT: u64 = 0xabcd_ef01_2345_6789;
const HOUR_MS: i64 = 3_600_000;
const PHONE: &str = "512 345 678";
const MAIL: &str = "anna.kowalska@mail.example";

/// What no file may say once Anna is erased.
const SECRETS: [&str; 5] = ["512345678", "512 345 678", MAIL, "Kowalska", "CRM-4711"];

/// A page view an hour ago that opens a visit, in the journal and loaded.
pub(crate) async fn visit(test: &TestApp, visitor: u64, visit: u64) {
    let mail = match visitor {
        ANNA => MAIL,
        _ => "boris@mail.example",
    };
    let traffic = Traffic {
        source: "google".to_owned(),
        medium: "cpc".to_owned(),
        campaign: format!("campaign of {}", visit % 10),
        click_id: Some(ClickIdKind::Gclid),
        default_channel: "paid_search".to_owned(),
        ..Traffic::default()
    };
    let hit = Hit {
        id: HitId::Stamped(7),
        workspace: test.owner.workspace,
        kind: HitKind::PageView,
        at: test.app.now().plus_ms(-HOUR_MS),
        delay_ms: 0,
        seq: 0,
        site: None,
        link: None,
        visitor: VisitorId(visitor),
        visit: VisitId(visit),
        visit_age_ms: 0,
        visits: 1,
        bounces: 1,
        traffic: traffic.key(test.owner.workspace),
        touch: Some(Box::new(traffic)),
        page: Page {
            host: "shop.example".to_owned(),
            path: format!("/bye/{mail}"),
            title: format!("Bye, {mail}"),
        },
        name: String::new(),
        properties: vec![("mail".to_owned(), mail.to_owned())],
        agent: Agent {
            device: Device::Phone,
            browser: "Firefox".to_owned(),
            os: "Android".to_owned(),
        },
        country: Country::from_code("PL"),
        bot: None,
        engaged_ms: 0,
        scroll_percent: 0,
        revenue: None,
        click_ids: vec![(ClickIdKind::Gclid, mail.to_owned())],
    };
    let entry = Fact::Hit(Box::new(hit)).encode().unwrap();
    test.app.journal().append(&entry).unwrap().await.unwrap();
    test.settle().await;
}

const LEADS: &str = "Lead ID,Name,Phone,E-mail,Created,Status,Message\n\
    CRM-4711,Anna Kowalska,+48 512 345 678,anna.kowalska@mail.example,\
    2026-11-10 10:00,new,Call me\n\
    CRM-4712,Boris,+48 601 234 567,boris@mail.example,2026-11-10 11:00,new,Me too\n\
    CRM-4713,Anna Kowalska,none,not an address 512 345 678,2026-99-99,new,wrong date\n";

/// Anna with a visit, a form, a row of a file, a deal and its payment; and Boris.
pub(crate) async fn story() -> TestApp {
    let test = TestApp::start().await;
    let groups = [("paid".to_owned(), StatusGroup::Paid)];
    test.app
        .put_deal_statuses(&test.owner, 0, &groups)
        .await
        .unwrap();
    visit(&test, ANNA, VISIT).await;
    visit(&test, BORIS, VISIT ^ 0xff00_0000_0000).await;
    import(&test, ImportKind::Leads, LEADS).await;
    let form = LeadInput {
        name: "Anna Kowalska".to_owned(),
        email: MAIL.to_owned(),
        message: "Anna Kowalska here".to_owned(),
        external_id: "L-1".to_owned(),
        visitor: VisitorId(ANNA).to_string(),
        visit: VisitId(VISIT).to_string(),
        ..lead(PHONE)
    };
    send(&test, form).await;
    let deal = DealInput {
        external_id: "D-1".to_owned(),
        title: "Glasses for Anna Kowalska".to_owned(),
        status: "paid".to_owned(),
        amount: "100".to_owned(),
        created_at: "2026-11-19T10:00:00Z".to_owned(),
        lead_external_id: "L-1".to_owned(),
        ..DealInput::default()
    };
    test.app.save_deals(&test.owner, &[deal]).await.unwrap();
    pay(&test, "P-1", "100").await;
    test.settle().await;
    test
}

pub(crate) async fn pay(test: &TestApp, id: &str, amount: &str) {
    let payment = PaymentInput {
        external_id: id.to_owned(),
        deal_external_id: "D-1".to_owned(),
        at: "2026-11-19T12:00:00Z".to_owned(),
        amount: amount.to_owned(),
        currency: String::new(),
        kind: "payment".to_owned(),
    };
    test.app
        .save_payments(&test.owner, &[payment])
        .await
        .unwrap();
}

pub(crate) fn anna() -> PersonQuery {
    PersonQuery {
        email: MAIL.to_owned(),
        ..PersonQuery::default()
    }
}

pub(crate) async fn erase(test: &TestApp, query: &PersonQuery) {
    test.app
        .request_erasure(&test.owner, query, None)
        .await
        .unwrap();
    assert_eq!(test.app.run_erasures_until_idle().await.unwrap(), 1);
}

/// What reports add up, by what says nothing of who it was.
pub(crate) fn counted(test: &TestApp) -> Vec<String> {
    let statements = [
        "select kind, traffic, sum(leads), sum(sales), sum(revenue_micros), sum(customers) \
         from credited where model = 'last_non_direct' group by kind, traffic \
         order by kind, traffic",
        "select sum(visits), sum(bounces), count(distinct visitor), count(distinct visit) \
         from visits",
        "select count(distinct visitor), count(*) from touches",
        "select kind, sum(leads), sum(deals), sum(sales), sum(revenue_micros) from outcomes \
         group by kind order by kind",
        "select day, traffic, sum(page_views), sum(visits) from hits_daily \
         group by day, traffic order by day, traffic",
    ];
    statements.iter().flat_map(|sql| test.ask(sql)).collect()
}

/// Names of files below the folder that hold any of the secrets, packed ones unpacked.
pub(crate) fn telling(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let mut bytes = std::fs::read(&path).unwrap();
            if path.extension().is_some_and(|ending| ending == "zst") {
                bytes = zstd::stream::decode_all(bytes.as_slice()).unwrap();
            }
            let has = |sought: &[u8]| bytes.windows(sought.len()).any(|part| part == sought);
            let shapes = |id: u64| {
                let visitor = VisitorId(id).to_string();
                let numbers = [id.to_string(), id.cast_signed().to_string(), visitor];
                numbers
                    .map(String::into_bytes)
                    .into_iter()
                    .chain([id.to_le_bytes().to_vec(), id.to_be_bytes().to_vec()])
            };
            let ids = [ANNA, VISIT]
                .into_iter()
                .flat_map(shapes)
                .any(|id| has(&id));
            if ids || SECRETS.iter().any(|secret| has(secret.as_bytes())) {
                found.push(path.display().to_string());
            }
        }
    }
    found
}

#[tokio::test(flavor = "multi_thread")]
async fn no_byte_says_who_it_was_and_everything_counts_as_before() {
    let test = story().await;
    let before = counted(&test);
    assert!(
        !telling(test.folder()).is_empty(),
        "the folder is read in vain"
    );
    erase(&test, &anna()).await;
    assert_eq!(counted(&test), before);
    if test.app.store().engine() == store::Engine::Sqlite {
        assert_eq!(telling(test.folder()), Vec::<String>::new());
    }
    let done = test.app.erasures(&test.owner, PageRequest::first(10)).await;
    let done = &done.unwrap().items[0];
    assert_eq!(done.work.step, ErasureStep::Done.name());
    assert_eq!(done.work.subject, serde_json::json!({}));
    let counts = &done.work.counts;
    for (name, count) in [
        ("leads", 2),
        ("deals", 1),
        ("payments_kept", 1),
        ("requests", 1),
    ] {
        assert_eq!(counts[name], count, "{name} of {counts}");
    }
    assert!(counts["journal_entries"].as_u64().unwrap() >= 2, "{counts}");
    assert!(
        test.app
            .verify_audit_log(&test.owner, None)
            .await
            .unwrap()
            .is_whole()
    );
    let again = test.app.find_person(&test.owner, &anna()).await;
    assert!(matches!(again, Err(AppError::NotFound { .. })));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_warehouse_made_anew_from_the_journal_brings_nobody_back() {
    let test = story().await;
    erase(&test, &anna()).await;
    let before = counted(&test);
    test.app.warehouse().wipe().unwrap();
    test.settle().await;
    assert_eq!(counted(&test), before);
    let hers = test.ask(&format!("select count(*) from hits where visitor = {ANNA}"));
    assert_eq!(hers, ["0"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_imported_again_brings_nobody_back_and_still_counts() {
    let test = story().await;
    erase(&test, &anna()).await;
    let before = counted(&test);
    let again = LEADS.replace(",new,Call me", ",qualified,Call me");
    import(&test, ImportKind::Leads, &again).await;
    test.settle().await;
    let query = PersonQuery {
        phone: PHONE.to_owned(),
        ..anna()
    };
    let named = test.app.find_person(&test.owner, &query).await;
    // The row that is refused names her again, as a file of rejected rows has to.
    assert!(named.is_ok_and(|view| view.leads.is_empty() && view.rejected_rows == 1));
    let leads = |lines: &[String]| -> Vec<String> {
        let of_leads = lines.iter().filter(|line| line.starts_with("lead|"));
        of_leads.cloned().collect()
    };
    assert_eq!(leads(&counted(&test)), leads(&before));
    // A refund or a payment that comes later finds its deal, and the traffic it is owed to.
    pay(&test, "P-2", "50").await;
    test.settle().await;
    let owed = test.ask(
        "select model, traffic, count(distinct id_lo), sum(revenue_micros) from credited \
         where revenue_micros <> 0 group by model, traffic order by model, traffic",
    );
    let models = test.ask("select distinct model from credited");
    assert_eq!(owed.len(), models.len(), "{owed:?}");
    assert!(owed.iter().all(|line| !line.contains("|0|")), "{owed:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_comes_again_is_somebody_new() {
    let test = story().await;
    erase(&test, &anna()).await;
    let form = LeadInput {
        email: MAIL.to_owned(),
        ..lead(PHONE)
    };
    let received = send(&test, form).await;
    let view = test.app.lead(&test.owner, received.id).await.unwrap();
    assert_eq!(view.lead.details.name, "Anna");
    assert_eq!(view.lead.details.email, MAIL);
    assert_eq!(received.duplicate_of, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_shares_a_phone_or_a_browser_stays() {
    let test = story().await;
    let form = LeadInput {
        name: "Celina".to_owned(),
        email: "celina@mail.example".to_owned(),
        visitor: VisitorId(ANNA).to_string(),
        visit: VisitId(VISIT).to_string(),
        ..lead(PHONE)
    };
    let other = send(&test, form).await.id;
    test.settle().await;
    let before = counted(&test);
    let by_phone = PersonQuery {
        phone: PHONE.to_owned(),
        email: MAIL.to_owned(),
        ..PersonQuery::default()
    };
    let view = test.app.find_person(&test.owner, &by_phone).await.unwrap();
    let others: Vec<LeadId> = view
        .leads
        .iter()
        .filter(|found| found.is_other)
        .map(|found| found.lead.id)
        .collect();
    assert_eq!((view.leads.len(), others), (3, vec![other]));
    erase(&test, &by_phone).await;
    let kept = test
        .app
        .lead(&test.owner, other)
        .await
        .unwrap()
        .lead
        .details;
    assert_eq!((kept.name.as_str(), kept.phone.as_str()), ("Celina", PHONE));
    assert_ne!(kept.visitor_id, Some(VisitorId(ANNA)));
    assert_eq!(counted(&test), before);
}

/// Two people with addresses of their own who share Anna's number.
async fn family(test: &TestApp) -> [LeadId; 3] {
    let named = |name: &str, email: &str| LeadInput {
        name: name.to_owned(),
        email: email.to_owned(),
        ..lead(PHONE)
    };
    let anna = test.app.find_person(&test.owner, &anna()).await.unwrap();
    let celina = send(test, named("Celina", "celina@mail.example")).await.id;
    let nobody = send(test, named("Somebody", "")).await.id;
    [anna.leads[0].lead.id, celina, nobody]
}

fn by_phone() -> PersonQuery {
    PersonQuery {
        phone: PHONE.to_owned(),
        ..PersonQuery::default()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_number_that_several_addresses_share_names_none_of_them() {
    let test = story().await;
    let [hers, celina, nobody] = family(&test).await;
    let view = test
        .app
        .find_person(&test.owner, &by_phone())
        .await
        .unwrap();
    let others = |id: LeadId| {
        let found = view.leads.iter().find(|found| found.lead.id == id).unwrap();
        found.is_other
    };
    assert_eq!(
        [others(hers), others(celina), others(nobody)],
        [true, true, false]
    );
    erase(&test, &by_phone()).await;
    for (id, name) in [(hers, "Anna Kowalska"), (celina, "Celina"), (nobody, "")] {
        let kept = test.app.lead(&test.owner, id).await.unwrap();
        assert_eq!(kept.lead.details.name, name);
    }
    // Now all of them are somebody's, and nobody is meant.
    let phone = by_phone();
    let asked = test.app.request_erasure(&test.owner, &phone, None).await;
    assert!(matches!(asked, Err(AppError::Invalid(_))));
    let lead = PersonQuery {
        lead: Some(celina),
        ..PersonQuery::default()
    };
    erase(&test, &lead).await;
    let kept = |id| test.app.lead(&test.owner, id);
    assert_eq!(kept(celina).await.unwrap().lead.details.name, "");
    assert_eq!(kept(hers).await.unwrap().lead.details.name, "Anna Kowalska");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_crash_between_any_two_steps_is_only_a_pause() {
    let mut test = story().await;
    let before = counted(&test);
    test.app
        .request_erasure(&test.owner, &anna(), None)
        .await
        .unwrap();
    for step in [ErasureStep::Facts, ErasureStep::Journal, ErasureStep::Bytes] {
        test.app.run_erasures_before(step).await.unwrap();
        test = test.restart().await;
    }
    assert_eq!(test.app.run_erasures_until_idle().await.unwrap(), 1);
    assert_eq!(counted(&test), before);
    if test.app.store().engine() == store::Engine::Sqlite {
        assert_eq!(telling(test.folder()), Vec::<String>::new());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_erasures_at_once_and_clicks_meanwhile_lose_nothing() {
    let test = story().await;
    let boris = PersonQuery {
        email: "boris@mail.example".to_owned(),
        ..PersonQuery::default()
    };
    for query in [&anna(), &boris] {
        test.app
            .request_erasure(&test.owner, query, None)
            .await
            .unwrap();
    }
    let clicks = async {
        for number in 0..20 {
            visit(
                &test,
                0x7000_0000_0000_0000 + number,
                VISIT ^ (number << 50),
            )
            .await;
        }
    };
    let (first, second, ()) = tokio::join!(
        test.app.run_erasures_until_idle(),
        test.app.run_erasures_until_idle(),
        clicks
    );
    assert_eq!(first.unwrap() + second.unwrap(), 2);
    test.settle().await;
    assert_eq!(test.ask("select sum(visits) from visits"), ["22"]);
    let named = "select count(*) from hits where properties <> ''";
    assert_eq!(test.ask(named), ["21"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_is_shown_everything_that_is_held() {
    let test = story().await;
    let document = test.app.export_person(&test.owner, &anna()).await.unwrap();
    assert_eq!(document["leads"].as_array().unwrap().len(), 2);
    assert_eq!(document["leads"][0]["name"], "Anna Kowalska");
    assert_eq!(document["leads"][0]["message"], "Call me");
    assert_eq!(document["deals"][0]["title"], "Glasses for Anna Kowalska");
    assert_eq!(document["payments"][0]["external_id"], "P-1");
    assert_eq!(document["requests"][0]["door"], "api");
    let hit = &document["visits"][0]["hits"][0];
    assert_eq!(hit["page_path"], format!("/bye/{MAIL}"));
    let text = document.to_string();
    assert!(!text.contains("Boris"), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn only_who_may_is_told_of_a_person() {
    let test = story().await;
    let head = app::Actor {
        who: app::Who::Person {
            user: test.owner.user().unwrap(),
            name: "Head".to_owned(),
            role: app::Role::HeadOfMarketing,
            sight: app::Sight::default(),
            session: None,
        },
        ..test.owner.clone()
    };
    let refused = test.app.find_person(&head, &anna()).await;
    assert!(matches!(refused, Err(AppError::Forbidden { .. })));
    let refused = test.app.request_erasure(&head, &anna(), None).await;
    assert!(matches!(refused, Err(AppError::Forbidden { .. })));
    let nobody = test
        .app
        .find_person(&test.owner, &PersonQuery::default())
        .await;
    assert!(matches!(nobody, Err(AppError::Invalid(_))));
}
