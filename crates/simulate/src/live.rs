//! A few hundred people right now: click links, and the pages behind them.

use http::{Method, StatusCode, header};
use serde_json::json;

use crate::agent::person;
use crate::client::{Call, Caller, Client};
use crate::dice::Dice;
use crate::error::SimulateError;
use crate::setup::{LINKS, Workplace};
use crate::shop::{DOMAIN, PAGES};

/// People who come now.
pub(crate) const PEOPLE: u64 = 200;

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
    for nth in 0..PEOPLE {
        let mut dice = Dice::of(&[seed, 12, nth]);
        let agent = person(dice.next());
        let link = dice.pick(&LINKS);
        let click = Call::get(Caller::Nobody, format!("/c/{}", link.slug));
        let answer = client
            .call(click.with(header::USER_AGENT, agent.name))
            .await?;
        if !answer.status.is_redirection() {
            return Err(answer.refusal());
        }
        count.clicks += 1;
        let mut cookies = answer.cookies();
        let target = answer
            .headers
            .get(header::LOCATION)
            .and_then(|value| value.to_str().ok());
        let landing = target.unwrap_or_default().to_owned();
        let next = format!("https://{DOMAIN}{}", dice.pick(&PAGES));
        for (page, referrer) in [(&landing, ""), (&next, landing.as_str())] {
            let event = json!({ "n": "pageview", "u": page, "r": referrer, "d": DOMAIN });
            let path = workplace.events_path.as_str();
            let mut call = Call::send(
                Method::POST,
                Caller::Nobody,
                path,
                "text/plain",
                event.to_string(),
            )
            .with(header::USER_AGENT, agent.name)
            .with(header::ORIGIN, format!("https://{DOMAIN}"));
            if let Some(cookies) = &cookies {
                call = call.with(header::COOKIE, cookies);
            }
            let answer = client.call(call).await?;
            let taken = answer.status;
            count.events += u64::from(taken == StatusCode::ACCEPTED || taken == StatusCode::OK);
            cookies = answer.cookies().or(cookies);
        }
        done(nth + 1);
    }
    Ok(count)
}
