//! Rates that are put right, and the money that they were used for.

use base::Day;
use store::deals::{DealDetails, ForeignSpan, list_foreign_deals, list_foreign_since};
use store::payments::PaymentDetails;
use store::rates::{ExchangeRate, delete_rate, list_all_rates, put_rate};

use crate::fixture::{Fixture, NOW, insert_deal, insert_payment};
use crate::money::{currency, deal, payment};

#[tokio::test]
async fn one_rate_is_deleted_and_only_ours() {
    let fixture = Fixture::new().await;
    let (usd, pln) = (currency("USD"), currency("PLN"));
    let rate = |day: i32| ExchangeRate {
        day: Day(day),
        from_currency: usd,
        to_currency: pln,
        rate: "4".to_owned(),
        nominal: 1,
    };
    let mut tx = fixture.begin().await;
    for workspace in [fixture.ours, fixture.theirs] {
        for day in [1, 2] {
            put_rate(&mut tx, workspace, &rate(day)).await.unwrap();
        }
    }
    let mut deleted = Vec::new();
    for pair in [(pln, usd), (usd, pln), (usd, pln)] {
        deleted.push(
            delete_rate(&mut tx, fixture.ours, Day(2), pair)
                .await
                .unwrap(),
        );
    }
    assert_eq!(deleted, [false, true, false]);
    let kept = list_all_rates(&mut tx, fixture.ours).await.unwrap();
    assert_eq!(kept, [rate(1)]);
    let theirs = list_all_rates(&mut tx, fixture.theirs).await.unwrap();
    assert_eq!(theirs.len(), 2);
}

#[tokio::test]
async fn foreign_deals_are_found_by_their_own_moment_and_by_their_payments() {
    let fixture = Fixture::new().await;
    let ours = fixture.ours;
    let dollars = |id: &str, created_at| DealDetails {
        currency: currency("USD"),
        created_at,
        ..deal(id, "won")
    };
    let (early, late) = (NOW.plus_ms(-1_000), NOW.plus_ms(1_000));
    let paid_late = DealDetails {
        paid_at: Some(late),
        ..dollars("paid late", NOW)
    };
    let mut tx = fixture.begin().await;
    let mut ids = Vec::new();
    for details in [
        dollars("now", NOW),
        dollars("early", early),
        paid_late,
        deal("home", "won"),
        deal("refunded", "won"),
    ] {
        ids.push(insert_deal(&mut tx, ours, &details).await.unwrap());
    }
    insert_deal(&mut tx, fixture.theirs, &dollars("theirs", NOW))
        .await
        .unwrap();
    let euros = PaymentDetails {
        currency: currency("EUR"),
        ..payment(ids[4], "p-1")
    };
    insert_payment(&mut tx, ours, &euros).await.unwrap();
    let span = |code: Option<&str>| ForeignSpan {
        home: currency("PLN"),
        currency: code.map(currency),
        from: NOW,
        before: late,
    };
    for (code, after, limit, expected) in [
        (None, 0, 9, vec![ids[0], ids[4]]),
        (None, 0, 1, vec![ids[0]]),
        (None, ids[0].0, 9, vec![ids[4]]),
        (Some("EUR"), 0, 9, vec![ids[4]]),
        (Some("GBP"), 0, 9, vec![]),
    ] {
        let after = base::DealId(after);
        let found = list_foreign_deals(&mut tx, ours, &span(code), after, limit).await;
        let found: Vec<_> = found.unwrap().iter().map(|deal| deal.id).collect();
        assert_eq!(found, expected, "{code:?} behind {after}");
    }
    let since = list_foreign_since(&mut tx, ours, currency("PLN"))
        .await
        .unwrap();
    let since: Vec<_> = since.iter().map(|row| (row.currency, row.at)).collect();
    assert_eq!(since, [(currency("EUR"), NOW), (currency("USD"), early)]);
}
