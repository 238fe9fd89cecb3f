//! The marks of a chart, page by page.

use app::{AnnotationInput, AnnotationView, PageRequest, Surroundings};
use base::{Day, DayRange, TimeZone};

use crate::support::TestApp;

fn name_of(mark: &AnnotationView) -> &str {
    match mark {
        AnnotationView::Said(said) => &said.details.text,
        AnnotationView::Done(_, event) => &event.text,
    }
}

#[tokio::test]
async fn marks_of_one_moment_are_neither_missed_nor_doubled_between_two_pages() {
    let test = TestApp::start().await;
    let (app, owner) = (&test.app, &test.owner);
    let workspace = app.workspace(owner).await.unwrap();
    let zone: TimeZone = workspace.details.time_zone.parse().unwrap();
    let now = test.seeded.now();
    let day = zone.day_of(now);
    let say = async |text: &str, day: Option<Day>| {
        let input = AnnotationInput {
            day: day.map(|day| day.to_string()),
            at: day.is_none().then(|| now.rfc3339()),
            text: text.to_owned(),
            ..AnnotationInput::default()
        };
        app.create_annotation(owner, &input).await.unwrap();
    };
    say("moment", None).await;
    say("same moment", None).await;
    say("next day", Some(Day(day.0 + 1))).await;
    say("day", Some(day)).await;
    say("same day", Some(day)).await;
    for version in [1, 2] {
        let note = format!("rules {version}");
        let published = app.publish_channel_rules(owner, version, &[], &note);
        published.await.unwrap();
    }
    let days = DayRange::new(day, Day(day.0 + 1)).unwrap();
    let whole = app.list_annotations(owner, days, PageRequest::first(200));
    let whole = whole.await.unwrap();
    assert_eq!(whole.next, None);
    let whole: Vec<_> = whole.items.iter().map(name_of).collect();
    let wanted = [
        "day",
        "same day",
        "moment",
        "same moment",
        "rules 1",
        "rules 2",
        "next day",
    ];
    assert_eq!(whole, wanted);
    for limit in 1..8 {
        let mut told = Vec::new();
        let mut page = PageRequest::first(limit);
        loop {
            let found = app.list_annotations(owner, days, page).await.unwrap();
            told.extend(found.items.iter().map(|mark| name_of(mark).to_owned()));
            let Some(next) = found.next else { break };
            page = PageRequest::after(next.to_string().parse().unwrap(), limit);
        }
        assert_eq!(told, wanted, "{limit} a page");
    }
}
