//! The first minutes of an owner: workspace, site, key, links, meanings of statuses.

use http::{Method, header};
use serde::Deserialize;
use serde_json::json;

use crate::campaign::{Campaign, ShortLink, Tags, campaigns};
use crate::client::{Call, Caller, Client};
use crate::deal::DealStatus;
use crate::error::SimulateError;
use crate::scenario::OWNER_EMAIL;
use crate::shop::DOMAIN;

/// What the set-up has made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Workplace {
    pub(crate) site: i64,
    /// Path of the door that browsers send events to.
    pub(crate) events_path: String,
}

#[derive(Debug, Deserialize)]
struct SiteMade {
    id: i64,
    #[serde(default = "default_events_path")]
    events_path: String,
}

#[derive(Debug, Deserialize)]
struct KeyMade {
    secret: String,
}

/// Number of requests that the set-up makes.
pub(crate) const STEPS: u64 = 8;

/// Sets the workspace up. From here on the client speaks for its owner, and with its key.
pub(crate) async fn set_up(
    client: &mut Client,
    password: &str,
    mut done: impl FnMut(),
) -> Result<Workplace, SimulateError> {
    let owner = json!({
        "email": OWNER_EMAIL,
        "password": password,
        "name": "Demo owner",
        "language": "en",
        "workspace": {
            "name": "Optics",
            "time_zone": "Europe/Moscow",
            "currency": "RUB",
            "week_start": "monday",
            "vat_mode": "net",
            "vat_rate_percent": "20",
        },
    });
    let call = Call::json(Method::POST, Caller::Nobody, "/api/v1/setup", &owner);
    let answer = client.expect(call).await?;
    client.sign_in(&answer)?;
    done();
    let site = json!({
        "name": "Optics",
        "domain": DOMAIN,
        "allowed_hosts": [],
        "consent_mode": "cookie",
    });
    let site: SiteMade = client.ask(as_owner("/api/v1/sites", &site)).await?;
    done();
    let key = json!({ "name": "Shop's own systems", "scopes": ["all"] });
    let key: KeyMade = client.ask(as_owner("/api/v1/api-keys", &key)).await?;
    client.use_key(&key.secret);
    done();
    for (link, campaign) in links() {
        let Tags {
            source,
            medium,
            campaign: name,
        } = campaign.tags;
        let body = json!({
            "slug": link.slug,
            "name": link.name,
            "target": format!("https://{DOMAIN}{}", campaign.landing),
            "source": source,
            "medium": medium,
            "campaign": name,
        });
        client.expect(as_owner("/api/v1/links", &body)).await?;
        done();
    }
    map_statuses(client).await?;
    done();
    Ok(Workplace {
        site: site.id,
        events_path: site.events_path,
    })
}

/// The click links, each with its campaign.
pub(crate) fn links() -> impl Iterator<Item = (ShortLink, &'static Campaign)> + Clone {
    let with_link = |campaign: &'static Campaign| Some((campaign.link?, campaign));
    campaigns().iter().filter_map(with_link)
}

pub(crate) fn as_owner(path: &str, body: &serde_json::Value) -> Call {
    Call::json(Method::POST, Caller::Owner, path, body)
}

/// Tells what the shop's words for deals mean; one of them is forgotten.
async fn map_statuses(client: &Client) -> Result<(), SimulateError> {
    #[derive(Deserialize)]
    struct Statuses {
        #[serde(default)]
        etag: String,
    }
    const PATH: &str = "/api/v1/deal-statuses";
    let answer = client.expect(Call::get(Caller::Owner, PATH)).await?;
    let sent = answer
        .headers
        .get(header::ETAG)
        .and_then(|tag| tag.to_str().ok());
    let tag = match sent {
        Some(tag) => tag.to_owned(),
        None => answer.json::<Statuses>()?.etag,
    };
    let mapped = DealStatus::ALL.into_iter().filter_map(|status| {
        status
            .group()
            .map(|group| json!({ "status": status.title(), "group": group }))
    });
    let body = json!({ "items": mapped.collect::<Vec<_>>() });
    let call = Call::json(Method::PUT, Caller::Owner, PATH, &body).with(header::IF_MATCH, tag);
    client.expect(call).await.map(drop)
}

fn default_events_path() -> String {
    "/e".to_owned()
}
