//! What is held of somebody: written to a file, or erased.

use std::fs::File;
use std::io::Write as _;

use anyhow::Context as _;
use app::{PersonQuery, PersonRequestId};
use base::LeadId;
use serde_json::json;

use super::{finish, open_as_operator, print};
use crate::cli::{Person, Whom};
use crate::config::Config;

mod requests;

pub(crate) async fn run(config: &Config, command: Person, json: bool) -> anyhow::Result<()> {
    match command {
        Person::Export { whom, to, request } => {
            let (app, actor) = open_as_operator(config, whom.workspace).await?;
            let document = app.export_person(&actor, &query(whom, request)).await?;
            let failed = || format!("failed to write {}", to.display());
            let mut file = File::create_new(&to).with_context(failed)?;
            serde_json::to_writer_pretty(&mut file, &document).with_context(failed)?;
            file.write_all(b"\n").with_context(failed)?;
            file.sync_all().with_context(failed)?;
            finish(app).await?;
            match json {
                true => print::say!("{}", json!({"file": to})),
                false => print::say!("{} holds all that is held.", to.display()),
            }
        }
        Person::Erase { whom, yes, request } => {
            let workspace = whom.workspace;
            erase(config, workspace, &query(whom, request), yes, json).await?;
        }
        Person::Requests { workspace } => requests::list(config, workspace, json).await?,
        Person::Request(said) => requests::record(config, said, json).await?,
        Person::Close(said) => requests::close(config, said, json).await?,
    }
    Ok(())
}

async fn erase(
    config: &Config,
    workspace: Option<i64>,
    query: &PersonQuery,
    yes: bool,
    json: bool,
) -> anyhow::Result<()> {
    let (app, actor) = open_as_operator(config, workspace).await?;
    let found = app.find_person(&actor, query).await?;
    let own = found.leads.iter().filter(|lead| !lead.is_other).count();
    let others = found.leads.len() - own;
    if !yes {
        let told = json!({"leads": own, "leads_of_others": others, "deals": found.deals,
            "requests": found.requests, "visitors": found.visitors.len(), "hits": found.hits});
        match json {
            true => print::say!("{told}"),
            false => print::say!(
                "{own} leads, {} deals, {} raw requests and {} visitors would be erased; {others} \
                 leads seem to be somebody else's and would stay. Say --yes to do it.",
                found.deals,
                found.requests,
                found.visitors.len()
            ),
        }
        return finish(app).await;
    }
    let id = app.request_erasure(&actor, query, None).await?;
    let spinner = print::spinner("Erasing");
    app.run_erasures_until_idle().await?;
    spinner.finish_and_clear();
    let done = app.erasure(&actor, id).await?;
    match json {
        true => print::say!("{}", json!({"erasure": id.0, "counts": done.work.counts})),
        false => print::say!(
            "Erasure {id} is done and noted in the audit log: {}",
            done.work.counts
        ),
    }
    finish(app).await
}

fn query(whom: Whom, request: Option<i64>) -> PersonQuery {
    PersonQuery {
        answers: request.map(PersonRequestId),
        lead: whom.lead.map(LeadId),
        phone: whom.phone,
        email: whom.email,
        visitor: whom.visitor,
    }
}
