//! Click links from the command line.

use app::{LinkInput, PageRequest, rows};
use serde_json::{Value, json};

use super::{open_as_operator, print};
use crate::cli::Link;
use crate::config::Config;

/// Links that are listed at once.
const LINKS_MAX: u32 = 10_000;

pub(crate) async fn run(config: &Config, command: Link, json: bool) -> anyhow::Result<()> {
    let base = config.server.base_url.trim_end_matches('/');
    let url = |link: &rows::Link| format!("{base}/c/{}", link.details.slug);
    match command {
        Link::List { workspace } => {
            let (app, actor) = open_as_operator(config, workspace).await?;
            let links = app
                .list_links(&actor, PageRequest::first(LINKS_MAX))
                .await?
                .items;
            if json {
                print::say!(
                    "{}",
                    Value::Array(links.iter().map(|link| shape(link, &url(link))).collect())
                );
            } else {
                let header = ["Address", "Leads to", "Campaign"].map(str::to_owned);
                let row = |link: &rows::Link| {
                    vec![
                        url(link),
                        link.details.target.clone(),
                        link.details.campaign.clone(),
                    ]
                };
                print::say!(
                    "{}",
                    print::table(&header, &links.iter().map(row).collect::<Vec<_>>())
                );
            }
        }
        Link::Create {
            target,
            slug,
            name,
            source,
            medium,
            campaign,
            workspace,
        } => {
            let (app, actor) = open_as_operator(config, workspace).await?;
            let input = LinkInput {
                slug,
                name,
                target,
                source,
                medium,
                campaign,
                ..LinkInput::default()
            };
            let link = app.create_link(&actor, &input).await?;
            let address = url(&link);
            print::say!(
                "{}",
                if json {
                    shape(&link, &address).to_string()
                } else {
                    address
                }
            );
        }
    }
    Ok(())
}

fn shape(link: &rows::Link, url: &str) -> Value {
    json!({
        "id": link.id.0,
        "slug": link.details.slug,
        "url": url,
        "target": link.details.target,
        "source": link.details.source,
        "medium": link.details.medium,
        "campaign": link.details.campaign,
    })
}
