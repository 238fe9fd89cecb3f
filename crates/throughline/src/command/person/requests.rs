//! What people have asked, at the terminal: written down, listed, ended.

use app::{
    Actor, App, ErasureId, PageRequest, PersonRequestClose, PersonRequestId, PersonRequestInput,
    PersonRequestView,
};
use serde_json::{Value, json};

use crate::cli::{CloseRequest, NewRequest};
use crate::command::{finish, open_as_operator, print};
use crate::config::Config;

/// Rows of one page.
const PAGE: u32 = 200;

pub(super) async fn list(
    config: &Config,
    workspace: Option<i64>,
    json: bool,
) -> anyhow::Result<()> {
    let (app, actor) = open_as_operator(config, workspace).await?;
    let all = all(&app, &actor).await?;
    if json {
        let told: Vec<Value> = all.iter().map(shape).collect();
        print::say!("{}", json!(told));
        return finish(app).await;
    }
    for one in &all {
        print::say!("{}", sentence(one));
    }
    if all.is_empty() {
        print::say!("Nobody has asked anything.");
    }
    finish(app).await
}

pub(super) async fn record(config: &Config, said: NewRequest, json: bool) -> anyhow::Result<()> {
    let (app, actor) = open_as_operator(config, said.workspace).await?;
    let input = PersonRequestInput {
        kind: said.kind,
        received_on: said.received,
        law: said.law,
        reference: said.reference,
    };
    tell(&app.record_person_request(&actor, &input).await?, json);
    finish(app).await
}

pub(super) async fn close(config: &Config, said: CloseRequest, json: bool) -> anyhow::Result<()> {
    let (app, actor) = open_as_operator(config, said.workspace).await?;
    let id = PersonRequestId(said.request);
    let version = app.person_request(&actor, id).await?.request.version;
    let close = PersonRequestClose {
        state: if said.refused.is_some() {
            "refused".to_owned()
        } else {
            "done".to_owned()
        },
        reason: said.refused.unwrap_or_default(),
        erasure: said.erasure.map(ErasureId),
    };
    let closed = app.close_person_request(&actor, (id, version), &close);
    tell(&closed.await?, json);
    finish(app).await
}

async fn all(app: &App, actor: &Actor) -> anyhow::Result<Vec<PersonRequestView>> {
    let (mut all, mut page) = (Vec::new(), PageRequest::first(PAGE));
    loop {
        let mut found = app.person_requests(actor, page).await?;
        all.append(&mut found.items);
        match found.following(PAGE) {
            Some(next) => page = next,
            None => return Ok(all),
        }
    }
}

fn tell(view: &PersonRequestView, json: bool) {
    match json {
        true => print::say!("{}", shape(view)),
        false => print::say!("{}", sentence(view)),
    }
}

fn sentence(view: &PersonRequestView) -> String {
    let request = &view.request;
    let said = &request.said;
    let stands = match view.days_left {
        Some(days) if days < 0 => format!("overdue by {} days", -days),
        Some(days) => format!("{days} days left"),
        None if request.reason.is_empty() => request.state.clone(),
        None => format!("{}: {}", request.state, request.reason),
    };
    format!(
        "{}: to {}, came in {}, due {} ({}), {stands}. {}",
        request.id, said.kind, said.received_day, said.due_day, said.law, said.reference
    )
}

fn shape(view: &PersonRequestView) -> Value {
    let request = &view.request;
    let said = &request.said;
    json!({
        "id": request.id.0, "kind": said.kind, "law": said.law, "reference": said.reference,
        "received_on": said.received_day.to_string(), "due_on": said.due_day.to_string(),
        "days_left": view.days_left, "state": request.state, "reason": request.reason,
        "erasure_id": request.erasure_id.map(|id| id.0),
    })
}
