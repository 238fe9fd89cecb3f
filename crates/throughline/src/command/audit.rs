//! Whether the audit log is whole.

use std::process::ExitCode;

use app::Actor;
use app::audit::{Head, Verdict};
use base::WorkspaceId;
use serde_json::json;

use crate::cli::Audit;
use crate::config::Config;
use crate::open;

pub(crate) async fn run(config: &Config, command: Audit, json: bool) -> anyhow::Result<ExitCode> {
    let Audit::Verify { workspace, head } = command;
    let head: Option<Head> = head.as_deref().map(str::parse).transpose()?;
    let app = open::open_existing(config).await?;
    let workspaces = match workspace {
        Some(id) => vec![app.workspace_or_first(Some(WorkspaceId(id))).await?],
        None => app.workspace_ids().await?,
    };
    let mut verdicts = Vec::with_capacity(workspaces.len());
    for id in workspaces {
        let actor = Actor::system(id);
        verdicts.push(app.verify_audit_log(&actor, head.as_ref()).await?);
    }
    if json {
        super::print::say!("{}", json!(verdicts.iter().map(shape).collect::<Vec<_>>()));
    } else {
        for verdict in &verdicts {
            super::print::say!("{}", sentence(verdict));
        }
    }
    let is_whole = verdicts.iter().all(Verdict::is_whole);
    Ok(if is_whole {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn sentence(verdict: &Verdict) -> String {
    let Verdict {
        workspace,
        entries,
        broken_at,
        misses_head,
        is_head_older,
        head,
        begins_behind,
    } = verdict;
    let found = match (broken_at, misses_head) {
        (Some(seq), _) => format!("entry {seq} is not the one that was written there"),
        (None, true) if *is_head_older => {
            "the given head is older than what is left, so that nothing shows whether it was in it"
                .to_owned()
        }
        (None, true) => "the given head is not in it: entries were cut off or made anew".to_owned(),
        (None, false) => "whole".to_owned(),
    };
    let begins = begins_behind.as_ref().map_or(String::new(), |gone| {
        format!(
            " It begins behind entry {} of {}: what is older was let go of.",
            gone.head(),
            gone.at().rfc3339()
        )
    });
    format!("Workspace {workspace}: {entries} entries, {found}.{begins} Head: {head}")
}

fn shape(verdict: &Verdict) -> serde_json::Value {
    json!({
        "workspace": verdict.workspace.0,
        "entries": verdict.entries,
        "broken_at": verdict.broken_at,
        "misses_head": verdict.misses_head,
        "is_head_older": verdict.is_head_older,
        "is_whole": verdict.is_whole(),
        "head": verdict.head.to_string(),
        "begins_behind": verdict.begins_behind.as_ref().map(|gone| {
            json!({"head": gone.head().to_string(), "at": gone.at().rfc3339()})
        }),
    })
}
