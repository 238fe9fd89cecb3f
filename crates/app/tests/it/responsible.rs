//! Who is responsible by a file: members by their addresses, taken back with the import.

use app::{DealQuery, ImportKind, LeadQuery};
use base::UserId;
use store::PageRequest;

use crate::records::{import, undo};
use crate::support::TestApp;

const PASSWORD: &str = "a long enough password";

async fn member(test: &TestApp, email: &str, role: &str) -> UserId {
    let added = test
        .app
        .add_user(&test.owner, email, PASSWORD.to_owned(), "", role);
    added.await.unwrap()
}

/// Of each lead, oldest first: its phone's last digit, who is responsible, and the file's word.
async fn leads(test: &TestApp) -> Vec<(char, Option<UserId>, String)> {
    let (query, page) = (LeadQuery::default(), PageRequest::first(20));
    let found = test.app.list_leads(&test.owner, &query, page).await;
    let found = found.unwrap().items.into_iter().map(|view| {
        let details = view.lead.details;
        let last = details.phone.chars().last().unwrap();
        (last, details.assignee_id, details.responsible)
    });
    let mut found: Vec<_> = found.collect();
    found.sort_unstable();
    found
}

async fn deals(test: &TestApp) -> Vec<(String, Option<UserId>, String)> {
    let (query, page) = (DealQuery::default(), PageRequest::first(20));
    let found = test.app.list_deals(&test.owner, &query, page).await;
    let found = found.unwrap().items.into_iter().map(|view| {
        let details = view.deal.details;
        (
            details.external_id,
            details.assignee_id,
            details.responsible,
        )
    });
    let mut found: Vec<_> = found.collect();
    found.sort_unstable();
    found
}

fn word(text: &str) -> String {
    text.to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_makes_members_responsible_by_their_addresses() {
    let test = TestApp::start().await;
    let sam = member(&test, "sam@shop.example", "sales_manager").await;
    // Nobody is made responsible for what they may not read.
    member(&test, "pat@shop.example", "content").await;
    let file = "Lead ID,Date,Phone,Responsible user\n\
        L-1,2026-11-01,512345601,Sam@Shop.example\n\
        L-2,2026-11-01,512345602,Oleg\n\
        L-3,2026-11-01,512345603,\n\
        L-4,2026-11-01,512345604,pat@shop.example\n\
        L-5,2026-11-01,512,sam@shop.example\n";
    let mut incoming = test.app.receive_upload(&test.owner).await.unwrap();
    incoming.write(file.as_bytes()).await.unwrap();
    let preview = test
        .app
        .preview(&test.owner, ImportKind::Leads, "leads.csv", incoming, None)
        .await
        .unwrap();
    let told: Vec<_> = preview
        .warnings
        .iter()
        .map(|warning| (warning.code, warning.rows, warning.words.join(", ")))
        .collect();
    assert_eq!(
        told,
        [
            ("responsible_members", Some(1), String::new()),
            (
                "responsible_others",
                Some(2),
                word("Oleg, pat@shop.example")
            ),
        ]
    );

    let done = import(&test, ImportKind::Leads, file).await;
    assert_eq!(done.import.progress.rows_accepted, 4);
    let wanted = [
        ('1', Some(sam), word("Sam@Shop.example")),
        ('2', None, word("Oleg")),
        ('3', None, String::new()),
        ('4', None, word("pat@shop.example")),
    ];
    assert_eq!(leads(&test).await, wanted);
    undo(&test, &done).await;
    assert_eq!(leads(&test).await, []);
}

#[tokio::test(flavor = "multi_thread")]
async fn taking_a_file_back_gives_leads_to_whoever_had_them() {
    let test = TestApp::start().await;
    let (app, owner) = (&test.app, &test.owner);
    let ann = member(&test, "ann@shop.example", "sales_manager").await;
    let sam = member(&test, "sam@shop.example", "sales_manager").await;
    let plain = "Lead ID,Date,Phone\nL-1,2026-11-01,512345601\nL-2,2026-11-01,512345602\n\
        L-3,2026-11-01,512345603\n";
    import(&test, ImportKind::Leads, plain).await;
    let (query, page) = (LeadQuery::default(), PageRequest::first(20));
    for view in app.list_leads(owner, &query, page).await.unwrap().items {
        let lead = view.lead;
        app.assign_lead(owner, lead.id, lead.version, Some(ann))
            .await
            .unwrap();
    }
    let named = "Lead ID,Date,Phone,Manager\nL-1,2026-11-01,512345601,sam@shop.example\n\
        L-2,2026-11-01,512345602,sam@shop.example\nL-3,2026-11-01,512345603,somebody\n";
    let second = import(&test, ImportKind::Leads, named).await;
    let sams = word("sam@shop.example");
    let wanted = [
        ('1', Some(sam), sams.clone()),
        ('2', Some(sam), sams.clone()),
        ('3', Some(ann), word("somebody")),
    ];
    assert_eq!(leads(&test).await, wanted);

    // Somebody hands one on, which the undo must not lose.
    let found = app.list_leads(owner, &query, page).await.unwrap().items;
    let handed = found
        .iter()
        .find(|view| view.lead.details.phone.ends_with('2'));
    let lead = &handed.unwrap().lead;
    app.assign_lead(owner, lead.id, lead.version, owner.user())
        .await
        .unwrap();
    undo(&test, &second).await;
    let wanted = [
        ('1', Some(ann), String::new()),
        ('2', owner.user(), sams),
        ('3', Some(ann), String::new()),
    ];
    assert_eq!(leads(&test).await, wanted);
    let kept = app.import(owner, second.import.id).await.unwrap();
    assert_eq!(kept.import.progress.rows_kept, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn deals_too_and_nobody_who_has_left_gets_them_back() {
    let test = TestApp::start().await;
    let ann = member(&test, "ann@shop.example", "sales_manager").await;
    let sam = member(&test, "sam@shop.example", "sales_manager").await;
    let file = |who: &str| {
        format!(
            "Order ID,Status,Amount,Created,Phone,Deal owner\n\
            D-1,paid,100,2026-11-03,512345601,{who}\nD-2,paid,50,2026-11-04,512345602,Oleg\n"
        )
    };
    import(&test, ImportKind::Deals, &file("ann@shop.example")).await;
    let second = import(&test, ImportKind::Deals, &file("sam@shop.example")).await;
    let found = deals(&test).await;
    assert_eq!(found[0], (word("D-1"), Some(sam), word("sam@shop.example")));
    assert_eq!(found[1], (word("D-2"), None, word("Oleg")));
    let members = test.app.list_members(&test.owner).await.unwrap();
    let version = members
        .iter()
        .find(|member| member.user == ann)
        .unwrap()
        .version;
    test.app
        .remove_member(&test.owner, ann, version)
        .await
        .unwrap();
    undo(&test, &second).await;
    let found = deals(&test).await;
    assert_eq!(found[0], (word("D-1"), None, word("ann@shop.example")));
    assert_eq!(found[1], (word("D-2"), None, word("Oleg")));
}
