//! Messages to other programs: what is told, how a failure is met, and who may send where.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::thread::{self, JoinHandle};

use app::rows::{Delivery, Webhook};
use app::{
    AppError, DealInput, ImportKind, ItemResult, PageRequest, PaymentInput, Place, WebhookInput,
    WebhookPatch,
};
use serde_json::Value;
use tokio::task::JoinSet;

use crate::leads::{lead, send};
use crate::records::import;
use crate::support::TestApp;

/// A message as its receiver sees it.
struct Heard {
    id: String,
    signatures: usize,
    body: Value,
}

/// The program at the other end of a webhook, which answers with the given statuses in turn.
struct Peer {
    url: String,
    heard: JoinHandle<Vec<Heard>>,
}

fn peer(answers: &'static [&'static str]) -> Peer {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/hooks", listener.local_addr().unwrap());
    let heard = thread::spawn(move || {
        answers
            .iter()
            .map(|answer| {
                let (mut stream, _) = listener.accept().unwrap();
                let text = hear(&mut stream);
                let answer = format!("HTTP/1.1 {answer}\r\nContent-Length: 0\r\n\r\n");
                stream.write_all(answer.as_bytes()).unwrap();
                heard(&text)
            })
            .collect()
    });
    Peer { url, heard }
}

/// One request, read to the end that it announces.
fn hear(stream: &mut std::net::TcpStream) -> String {
    let mut bytes = Vec::new();
    let mut part = [0; 1024];
    loop {
        let count = stream.read(&mut part).unwrap();
        bytes.extend_from_slice(&part[..count]);
        let text = String::from_utf8(bytes.clone()).unwrap();
        let length: Option<usize> =
            header(&text, "content-length").and_then(|length| length.parse().ok());
        if let (Some((_, body)), Some(length)) = (text.split_once("\r\n\r\n"), length)
            && body.len() == length
        {
            return text;
        }
        assert!(count > 0, "the request ended early: {text}");
    }
}

fn header<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    text.lines().find_map(|line| {
        let (found, value) = line.split_once(':')?;
        found.eq_ignore_ascii_case(name).then(|| value.trim())
    })
}

fn heard(text: &str) -> Heard {
    let (_, body) = text.split_once("\r\n\r\n").unwrap();
    Heard {
        id: header(text, "webhook-id").unwrap().to_owned(),
        signatures: header(text, "webhook-signature")
            .unwrap()
            .split(' ')
            .count(),
        body: serde_json::from_str(body).unwrap(),
    }
}

pub(crate) async fn webhook(test: &TestApp, url: &str, topics: &[&str]) -> Webhook {
    let input = WebhookInput {
        url: url.to_owned(),
        topics: topics.iter().map(|topic| (*topic).to_owned()).collect(),
    };
    let (webhook, secret) = test.app.create_webhook(&test.owner, &input).await.unwrap();
    assert!(secret.starts_with("whsec_"), "{secret}");
    webhook
}

pub(crate) async fn messages(test: &TestApp, webhook: &Webhook) -> Vec<Delivery> {
    let page = PageRequest::first(50);
    let listed = test
        .app
        .list_deliveries(&test.owner, webhook.id, page)
        .await;
    listed.unwrap().items
}

async fn change(test: &TestApp, webhook: &Webhook, patch: WebhookPatch) -> Webhook {
    let (id, version) = (webhook.id, webhook.version);
    let changed = test.app.update_webhook(&test.owner, id, version, &patch);
    changed.await.unwrap()
}

fn switched(is_enabled: bool) -> WebhookPatch {
    WebhookPatch {
        is_enabled: Some(is_enabled),
        ..WebhookPatch::default()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lead_and_what_is_said_of_it_are_told_once_each() {
    let test = TestApp::start().await;
    let peer = peer(&["200 OK", "204 No Content"]);
    let both = ["lead.status_changed", "lead.created", "lead.created"];
    let webhook = webhook(&test, &peer.url, &both).await;
    assert_eq!(webhook.topics, app::TOPICS[..2]);
    let received = send(&test, lead("512 345 601")).await;
    let status = test
        .app
        .change_lead_status(&test.owner, received.id, 1, "qualified");
    status.await.unwrap();
    assert_eq!(test.app.deliver_webhooks().await.unwrap(), 2);
    assert_eq!(test.app.deliver_webhooks().await.unwrap(), 0);
    let heard = peer.heard.join().unwrap();
    let told: Vec<_> = heard
        .iter()
        .map(|one| {
            let lead = &one.body["data"]["lead"];
            assert_eq!(lead["id"], received.id.0);
            assert_eq!(one.signatures, 1);
            let text = |value: &Value| value.as_str().unwrap_or("-").to_owned();
            (
                text(&one.body["type"]),
                text(&lead["previous_status"]),
                text(&lead["status"]),
            )
        })
        .collect();
    let expected = [
        ("lead.created", "-", "new"),
        ("lead.status_changed", "new", "qualified"),
    ];
    assert_eq!(
        told,
        expected.map(|(topic, from, to)| (topic.to_owned(), from.to_owned(), to.to_owned()))
    );
    assert_ne!(heard[0].id, heard[1].id);
    assert!(
        heard
            .iter()
            .all(|one| !one.body.to_string().contains("512345601"))
    );
    let kept = messages(&test, &webhook).await;
    let statuses: Vec<_> = kept.iter().map(|one| (one.status, one.attempts)).collect();
    assert_eq!(statuses, [(Some(204), 1), (Some(200), 1)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn deals_and_payments_are_told_when_they_change_and_files_are_silent() {
    let test = TestApp::start().await;
    let peer = peer(&["200 OK"; 4]);
    let topics = ["deal.created", "deal.status_changed", "payment.created"];
    let webhook = webhook(&test, &peer.url, &topics).await;
    let deal = |status: &str| DealInput {
        external_id: "D-1".to_owned(),
        status: status.to_owned(),
        amount: "8000".to_owned(),
        created_at: "2026-05-01T09:00:00Z".to_owned(),
        phone: "+48 512 345 601".to_owned(),
        ..DealInput::default()
    };
    let refused = DealInput::default();
    // The same again changes nothing, and what is refused has not happened.
    for (batch, result) in [
        (vec![deal("new"), refused], ItemResult::Created),
        (vec![deal("new")], ItemResult::Unchanged),
        (vec![deal("paid")], ItemResult::Updated),
    ] {
        let saved = test.app.save_deals(&test.owner, &batch).await.unwrap();
        assert_eq!(saved[0].result, result);
    }
    let payment = |kind: &str, amount: &str| PaymentInput {
        external_id: kind.to_owned(),
        deal_external_id: "D-1".to_owned(),
        at: "2026-05-01T10:00:00Z".to_owned(),
        amount: amount.to_owned(),
        kind: kind.to_owned(),
        ..PaymentInput::default()
    };
    for _ in 0..2 {
        let paid = [payment("payment", "8000"), payment("refund", "12.5")];
        test.app.save_payments(&test.owner, &paid).await.unwrap();
    }
    let file = "Deal ID;Status;Created;Amount\nD-2;paid;2026-04-01;100\nD-1;new;2026-04-01;100\n";
    import(&test, ImportKind::Deals, file).await;
    assert_eq!(test.app.deliver_webhooks().await.unwrap(), 4);
    assert_eq!(test.app.deliver_webhooks().await.unwrap(), 0);
    let heard = peer.heard.join().unwrap();
    let mut told: Vec<String> = heard
        .iter()
        .map(|one| {
            let (data, body) = (&one.body["data"], one.body.to_string());
            assert!(!body.contains("512"), "{body}");
            let (deal, payment) = (&data["deal"], &data["payment"]);
            format!(
                "{} {} {} {} {} {}",
                one.body["type"],
                deal["previous_status"],
                deal["status"],
                deal["amount"],
                payment["kind"],
                payment["amount"]
            )
        })
        .collect();
    told.sort();
    let expected = [
        r#""deal.created" null "new" "8000.00" null null"#,
        r#""deal.status_changed" "new" "paid" "8000.00" null null"#,
        r#""payment.created" null null null "payment" "8000.00""#,
        r#""payment.created" null null null "refund" "12.50""#,
    ];
    assert_eq!(told, expected);
    assert_eq!(messages(&test, &webhook).await.len(), 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_is_not_taken_goes_again_as_it_was() {
    let test = TestApp::start().await;
    let peer = peer(&[
        "500 Oh",
        "302 Found",
        "429 Later\r\nRetry-After: 7200",
        "200 OK",
    ]);
    let webhook = webhook(&test, &peer.url, &["lead.created"]).await;
    send(&test, lead("512 345 601")).await;
    for tries in 1..=3 {
        assert_eq!(test.app.deliver_webhooks().await.unwrap(), 0);
        let kept = &messages(&test, &webhook).await[0];
        assert_eq!((kept.attempts, kept.delivered_at), (tries, None));
        let pause = kept.due_at.unwrap().since_ms(kept.created_at);
        assert_eq!(
            test.app.deliver_webhooks().await.unwrap(),
            0,
            "before its time"
        );
        assert!(tries < 3 || pause > 7_200_000, "{pause}");
        test.seeded.pass_days(1);
    }
    assert_eq!(test.app.deliver_webhooks().await.unwrap(), 1);
    let heard = peer.heard.join().unwrap();
    let first = &heard[0];
    assert!(
        heard
            .iter()
            .all(|one| one.id == first.id && one.body == first.body)
    );
    let settled = test.app.webhook(&test.owner, webhook.id).await.unwrap();
    assert_eq!(settled.failing_since, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_gone_or_fails_for_days_is_switched_off_and_can_be_switched_on() {
    let test = TestApp::start().await;
    let gone = peer(&["410 Gone", "200 OK"]);
    let webhook = webhook(&test, &gone.url, &["lead.created"]).await;
    send(&test, lead("512 345 601")).await;
    assert_eq!(test.app.deliver_webhooks().await.unwrap(), 0);
    let off = test.app.webhook(&test.owner, webhook.id).await.unwrap();
    assert_eq!(off.disabled_for, "gone");
    assert_eq!(test.app.send_mail().await.unwrap(), 1);
    let mails = test.mails();
    assert!(mails[0].contains("A webhook was switched off"), "{mails:?}");
    // Nothing is queued for one that is off, and what waits stays.
    send(&test, lead("512 345 602")).await;
    test.seeded.pass_days(1);
    assert_eq!(test.app.deliver_webhooks().await.unwrap(), 0);
    assert_eq!(messages(&test, &webhook).await.len(), 1);
    let on = change(&test, &off, switched(true)).await;
    assert_eq!((on.disabled_at, on.failing_since), (None, None));
    assert_eq!(test.app.deliver_webhooks().await.unwrap(), 1);
    gone.heard.join().unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn five_days_without_an_answer_are_enough() {
    let test = TestApp::start().await;
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    drop(listener);
    let webhook = webhook(&test, &url, &["lead.created"]).await;
    send(&test, lead("512 345 601")).await;
    let mut days = 0;
    while test
        .app
        .webhook(&test.owner, webhook.id)
        .await
        .unwrap()
        .disabled_at
        .is_none()
    {
        assert_eq!(test.app.deliver_webhooks().await.unwrap(), 0);
        test.seeded.pass_days(1);
        days += 1;
    }
    assert_eq!(days, 6);
    let off = test.app.webhook(&test.owner, webhook.id).await.unwrap();
    assert_eq!(off.disabled_for, "failing");
    let kept = &messages(&test, &webhook).await[0];
    assert!(
        kept.failure.starts_with("the connection failed"),
        "{}",
        kept.failure
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn for_a_day_both_secrets_sign() {
    let test = TestApp::start().await;
    let peer = peer(&["200 OK", "200 OK", "200 OK"]);
    let webhook = webhook(&test, &peer.url, &["lead.created"]).await;
    let try_it = async || {
        test.app
            .test_webhook(&test.owner, webhook.id)
            .await
            .unwrap();
        assert_eq!(test.app.deliver_webhooks().await.unwrap(), 1);
    };
    try_it().await;
    let replaced = test.app.replace_webhook_secret(&test.owner, webhook.id);
    replaced.await.unwrap();
    try_it().await;
    test.seeded.pass_days(1);
    try_it().await;
    let signatures: Vec<_> = peer
        .heard
        .join()
        .unwrap()
        .iter()
        .map(|one| one.signatures)
        .collect();
    assert_eq!(signatures, [1, 2, 1]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_is_sent_again_on_request_and_goes_with_its_webhook() {
    let test = TestApp::start().await;
    let peer = peer(&["200 OK", "200 OK"]);
    let webhook = webhook(&test, &peer.url, &["lead.created"]).await;
    send(&test, lead("512 345 601")).await;
    assert_eq!(test.app.deliver_webhooks().await.unwrap(), 1);
    let sent = messages(&test, &webhook).await[0].id;
    let again = test.app.replay_delivery(&test.owner, webhook.id, sent);
    assert_eq!(again.await.unwrap().delivered_at, None);
    assert_eq!(test.app.deliver_webhooks().await.unwrap(), 1);
    let heard = peer.heard.join().unwrap();
    assert_eq!(heard[0].id, heard[1].id);
    test.app
        .delete_webhook(&test.owner, webhook.id, webhook.version)
        .await
        .unwrap();
    let again = test
        .app
        .replay_delivery(&test.owner, webhook.id, sent)
        .await;
    assert!(matches!(again, Err(AppError::NotFound { .. })));
    let (_, secrets) = test.app.secrets_kept().await.unwrap();
    // The key of erased people is always there.
    assert_eq!(secrets, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_with_a_webhook_is_said() {
    let test = TestApp::start().await;
    for (url, topic, expected) in [
        (
            "http://169.254.169.254/latest",
            "lead.created",
            ("url", "private_address"),
        ),
        (
            "ftp://crm.example",
            "lead.created",
            ("url", "not_a_web_address"),
        ),
        (
            "https://crm.example",
            "lead.deleted",
            ("topics", "not_allowed"),
        ),
    ] {
        let input = WebhookInput {
            url: url.to_owned(),
            topics: vec![topic.to_owned()],
        };
        let refused = test.app.create_webhook(&test.owner, &input).await;
        let Err(AppError::Invalid(errors)) = refused else {
            panic!("{url} was taken")
        };
        assert_eq!((&errors[0].field[..], errors[0].code), expected);
    }
    let webhook = webhook(&test, "https://crm.example/", &["lead.created"]).await;
    let off = change(&test, &webhook, switched(false)).await;
    assert_eq!(off.disabled_for, "person");
    let refused = test.app.test_webhook(&test.owner, webhook.id).await;
    assert!(matches!(
        refused,
        Err(AppError::Conflict {
            code: "webhook_disabled",
            ..
        })
    ));
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_hangs_keeps_no_other_waiting() {
    let test = TestApp::start().await;
    let hanging = TcpListener::bind("127.0.0.1:0").unwrap();
    let silent = format!("http://{}/", hanging.local_addr().unwrap());
    webhook(&test, &silent, &["lead.created"]).await;
    let peer = peer(&["200 OK", "200 OK"]);
    webhook(&test, &peer.url, &["lead.created"]).await;
    let app = test.app.clone();
    let mut worker = JoinSet::new();
    worker.spawn(async move {
        loop {
            app.deliver_webhooks().await.unwrap();
            app.webhooks_waiting().await;
        }
    });
    for phone in ["512 345 601", "512 345 602"] {
        send(&test, lead(phone)).await;
    }
    let heard = tokio::task::spawn_blocking(|| peer.heard.join().unwrap());
    assert_eq!(heard.await.unwrap().len(), 2);
    worker.abort_all();
}

#[tokio::test(flavor = "multi_thread")]
async fn one_without_a_secret_sends_nothing_and_keeps_no_other_waiting() {
    let test = TestApp::start().await;
    let silent = peer(&[]);
    let broken = webhook(&test, &silent.url, &["lead.created"]).await;
    let peer = peer(&["200 OK"]);
    webhook(&test, &peer.url, &["lead.created"]).await;
    let place = Place {
        table: "webhooks",
        field: "secret",
        row: broken.id.0,
        workspace: Some(test.owner.workspace),
    };
    let mut tx = test.app.store().begin().await.unwrap();
    test.app.forget_secret(&mut tx, place).await.unwrap();
    tx.commit().await.unwrap();
    send(&test, lead("512 345 601")).await;
    assert_eq!(test.app.deliver_webhooks().await.unwrap(), 1);
    assert_eq!(peer.heard.join().unwrap().len(), 1);
    let kept = &messages(&test, &broken).await[0];
    assert_eq!((kept.attempts, kept.delivered_at), (1, None));
    assert!(kept.failure.contains("no secret"), "{}", kept.failure);
    // Replacing it mends it.
    let replaced = test.app.replace_webhook_secret(&test.owner, broken.id);
    replaced.await.unwrap();
}

#[tokio::test]
async fn a_webhook_is_tested_now_and_then_and_no_more() {
    let test = TestApp::start().await;
    let input = WebhookInput {
        url: "https://crm.example/hooks".to_owned(),
        topics: vec!["lead.created".to_owned()],
    };
    let (made, _) = test.app.create_webhook(&test.owner, &input).await.unwrap();
    for _ in 0..10 {
        test.app.test_webhook(&test.owner, made.id).await.unwrap();
    }
    let refused = test.app.test_webhook(&test.owner, made.id).await;
    assert!(matches!(refused, Err(AppError::TooManyAttempts { .. })));
    test.seeded.pass_days(1);
    test.app.test_webhook(&test.owner, made.id).await.unwrap();
}
