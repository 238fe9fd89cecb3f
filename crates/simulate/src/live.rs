//! A few people right now: click links, and the pages behind them.

use http::{Method, StatusCode, header};
use serde_json::json;

use crate::address::page_url;
use crate::agent::{Agent, person};
use crate::client::{Call, Caller, Client};
use crate::dice::Dice;
use crate::error::SimulateError;
use crate::setup::{Workplace, links};
use crate::shop::{DOMAIN, PAGES};

/// People who come now, as many through each link: hardly more than an hour of a large shop, so
/// that today looks like any other day.
pub(crate) const PEOPLE: u64 = 40;

/// What the live doors answered.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct LiveCount {
    /// Clicks that were redirected.
    pub(crate) clicks: u64,
    /// Browser events that were taken.
    pub(crate) events: u64,
}

/// Everybody clicks a link, then reads one more page.
pub(crate) async fn visit_now(
    client: &Client,
    workplace: &Workplace,
    seed: u64,
    mut done: impl FnMut(u64),
) -> Result<LiveCount, SimulateError> {
    let mut count = LiveCount::default();
    for ((link, _), nth) in links().cycle().zip(0..PEOPLE) {
        let mut dice = Dice::of(&[seed, 12, nth]);
        let agent = person(dice.next());
        let click = Call::get(Caller::Nobody, format!("/c/{}", link.slug));
        let answer = client
            .call(click.with(header::USER_AGENT, agent.name))
            .await?;
        if !answer.status.is_redirection() {
            return Err(answer.refusal());
        }
        count.clicks += 1;
        let mut browser = Browser {
            client,
            door: &workplace.events_path,
            agent,
            cookies: answer.cookies(),
            taken: 0,
        };
        let target = answer
            .headers
            .get(header::LOCATION)
            .and_then(|value| value.to_str().ok());
        let landing = target.unwrap_or_default();
        let next = page_url(dice.pick(&PAGES));
        browser.read(landing, "", &mut dice).await?;
        browser.read(&next, landing, &mut dice).await?;
        count.events += browser.taken;
        done(nth + 1);
    }
    Ok(count)
}

/// A person's browser with the tracker on the page.
struct Browser<'a> {
    client: &'a Client,
    door: &'a str,
    agent: Agent,
    cookies: Option<String>,
    /// Events that the door took.
    taken: u64,
}

impl Browser<'_> {
    /// Opens a page, and leaves it after a while.
    async fn read(
        &mut self,
        page: &str,
        referrer: &str,
        dice: &mut Dice,
    ) -> Result<(), SimulateError> {
        let opened = json!({ "n": "pageview", "u": page, "r": referrer, "d": DOMAIN });
        self.send(&opened).await?;
        let (engaged_ms, scroll) = (dice.between(1_000, 90_000), dice.between(20, 100));
        let left = json!({ "n": "engagement", "u": page, "d": DOMAIN,
            "e": engaged_ms, "s": scroll });
        self.send(&left).await
    }

    async fn send(&mut self, event: &serde_json::Value) -> Result<(), SimulateError> {
        let body = event.to_string();
        let mut call = Call::send(Method::POST, Caller::Nobody, self.door, "text/plain", body)
            .with(header::USER_AGENT, self.agent.name)
            .with(header::ORIGIN, format!("https://{DOMAIN}"));
        if let Some(cookies) = &self.cookies {
            call = call.with(header::COOKIE, cookies);
        }
        let answer = self.client.call(call).await?;
        let is_taken = matches!(answer.status, StatusCode::ACCEPTED | StatusCode::OK);
        self.taken += u64::from(is_taken);
        self.cookies = answer.cookies().or(self.cookies.take());
        Ok(())
    }
}
