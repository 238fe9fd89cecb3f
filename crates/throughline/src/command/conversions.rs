//! Files of conversions at the terminal: targets, a dry run, files and what became of them.

use std::fs::File;
use std::io::Write as _;
use std::path::Path;

use anyhow::Context as _;
use app::{
    Actor, App, ConversionBatchId, ConversionBatchOrder, ConversionBatchView, ConversionPreview,
    ConversionPreviewQuery, ConversionTargetId, ConversionTargetInput, PageRequest,
};
use base::Money;
use serde_json::{Value, json};

use super::{day, finish, open_as_operator, print};
use crate::cli::{Conversions, NewTarget, OfBatch, OfTarget};
use crate::config::Config;

/// Rows of one page.
const PAGE: u32 = 200;

pub(crate) async fn run(config: &Config, command: Conversions, json: bool) -> anyhow::Result<()> {
    match command {
        Conversions::Targets { workspace } => targets(config, workspace, json).await,
        Conversions::Target(said) => target(config, said, json).await,
        Conversions::Preview(of) => preview(config, &of, json).await,
        Conversions::Export {
            of,
            adjustments,
            to,
        } => export(config, &of, adjustments, &to, json).await,
        Conversions::Batches { workspace } => batches(config, workspace, json).await,
        Conversions::File {
            batch,
            to,
            workspace,
        } => {
            let (app, actor) = open_as_operator(config, workspace).await?;
            write(&app, &actor, ConversionBatchId(batch), &to).await?;
            finish(app).await
        }
        Conversions::Uploaded(of) => mark(config, &of, "uploaded", json).await,
        Conversions::TakeBack(of) => mark(config, &of, "taken_back", json).await,
    }
}

async fn targets(config: &Config, workspace: Option<i64>, json: bool) -> anyhow::Result<()> {
    let (app, actor) = open_as_operator(config, workspace).await?;
    let (mut all, mut page) = (Vec::new(), PageRequest::first(PAGE));
    loop {
        let mut found = app.conversion_targets(&actor, page).await?;
        all.append(&mut found.items);
        match found.following(PAGE) {
            Some(next) => page = next,
            None => break,
        }
    }
    let lines = all.iter().map(|target| {
        let said = &target.details;
        let line = format!(
            "{}: {} is told of each {} as {:?}, worth {} in {} ({})",
            target.id,
            said.platform,
            said.event,
            said.conversion,
            said.value_kind,
            said.currency,
            said.time_zone
        );
        let shape = json!({
            "id": target.id.0, "platform": said.platform, "event": said.event,
            "conversion": said.conversion, "value": said.value_kind,
            "currency": said.currency.to_string(), "time_zone": said.time_zone,
        });
        (line, shape)
    });
    list(lines.collect(), "No platform is told of anything.", json);
    finish(app).await
}

async fn target(config: &Config, said: NewTarget, json: bool) -> anyhow::Result<()> {
    let (app, actor) = open_as_operator(config, said.workspace).await?;
    let input = ConversionTargetInput {
        platform: said.platform,
        event: said.event,
        conversion: said.conversion,
        value: said.value,
        fixed_value: said.fixed_value,
        currency: said.currency,
        time_zone: said.time_zone,
    };
    let made = app.create_conversion_target(&actor, &input).await?;
    match json {
        true => print::say!("{}", json!({"id": made.id.0})),
        false => print::say!("Target {} was made; try it with `preview`.", made.id),
    }
    finish(app).await
}

async fn preview(config: &Config, of: &OfTarget, json: bool) -> anyhow::Result<()> {
    let (app, actor) = open_as_operator(config, of.workspace).await?;
    let query = ConversionPreviewQuery {
        from: day(of.from.as_deref())?,
        to: day(of.until.as_deref())?,
        ..ConversionPreviewQuery::default()
    };
    let id = ConversionTargetId(of.target);
    let tried = app.preview_conversions(&actor, id, &query).await?;
    match json {
        true => print::say!("{}", preview_shape(&tried)),
        false => {
            let days = tried.days;
            print::say!("{} to {}: {} ready.", days.first, days.last, tried.ready);
            for (why, count) in &tried.left_out {
                print::say!("left out, {}: {count}", why.name());
            }
            if tried.takes_adjustments {
                let (restate, retract) = (tried.restate, tried.retract);
                print::say!("to be put right: {restate} restated, {retract} retracted");
            }
        }
    }
    finish(app).await
}

fn preview_shape(tried: &ConversionPreview) -> Value {
    let left_out = tried.left_out.iter();
    let left_out = left_out.map(|(why, count)| (why.name().to_owned(), json!(count)));
    json!({
        "from": tried.days.first.to_string(), "to": tried.days.last.to_string(),
        "ready": tried.ready, "left_out": left_out.collect::<serde_json::Map<_, _>>(),
        "restate": tried.restate, "retract": tried.retract,
    })
}

async fn export(
    config: &Config,
    of: &OfTarget,
    adjustments: bool,
    to: &Path,
    json: bool,
) -> anyhow::Result<()> {
    let (app, actor) = open_as_operator(config, of.workspace).await?;
    let order = ConversionBatchOrder {
        kind: match adjustments {
            true => "adjustments".to_owned(),
            false => "conversions".to_owned(),
        },
        from: day(of.from.as_deref())?,
        to: day(of.until.as_deref())?,
    };
    let id = ConversionTargetId(of.target);
    // What cannot be written is not booked as told.
    let mut file = create(to)?;
    let made = match app.export_conversions(&actor, id, &order).await {
        Ok(made) => made,
        Err(error) => {
            drop(file);
            std::fs::remove_file(to).with_context(|| failed(to))?;
            return Err(error.into());
        }
    };
    tell(&made, json);
    let (_, text) = app.conversion_file(&actor, made.batch.id).await?;
    save(&text, (&mut file, to))?;
    finish(app).await
}

async fn batches(config: &Config, workspace: Option<i64>, json: bool) -> anyhow::Result<()> {
    let (app, actor) = open_as_operator(config, workspace).await?;
    let (mut all, mut page) = (Vec::new(), PageRequest::first(PAGE));
    loop {
        let mut found = app.conversion_batches(&actor, page).await?;
        all.append(&mut found.items);
        match found.following(PAGE) {
            Some(next) => page = next,
            None => break,
        }
    }
    let lines = all.iter().map(|view| (sentence(view), shape(view)));
    list(lines.collect(), "No file was made.", json);
    finish(app).await
}

async fn mark(config: &Config, of: &OfBatch, state: &str, json: bool) -> anyhow::Result<()> {
    let (app, actor) = open_as_operator(config, of.workspace).await?;
    let id = ConversionBatchId(of.batch);
    let version = app.conversion_batch(&actor, id).await?.batch.version;
    let marked = app.mark_conversion_batch(&actor, (id, version), state);
    tell(&marked.await?, json);
    finish(app).await
}

async fn write(app: &App, actor: &Actor, id: ConversionBatchId, to: &Path) -> anyhow::Result<()> {
    let (_, text) = app.conversion_file(actor, id).await?;
    let mut file = create(to)?;
    save(&text, (&mut file, to))
}

fn create(to: &Path) -> anyhow::Result<File> {
    File::create_new(to).with_context(|| failed(to))
}

fn save(text: &str, (file, to): (&mut File, &Path)) -> anyhow::Result<()> {
    file.write_all(text.as_bytes())
        .with_context(|| failed(to))?;
    file.sync_all().with_context(|| failed(to))
}

fn failed(to: &Path) -> String {
    format!("failed to write {}", to.display())
}

fn list(lines: Vec<(String, Value)>, nothing: &str, json: bool) {
    if json {
        let shapes: Vec<Value> = lines.into_iter().map(|(_, shape)| shape).collect();
        print::say!("{}", json!(shapes));
        return;
    }
    if lines.is_empty() {
        print::say!("{nothing}");
    }
    for (line, _) in lines {
        print::say!("{line}");
    }
}

fn tell(view: &ConversionBatchView, json: bool) {
    match json {
        true => print::say!("{}", shape(view)),
        false => print::say!("{}", sentence(view)),
    }
}

fn sentence(view: &ConversionBatchView) -> String {
    let batch = &view.batch;
    let said = &batch.said;
    let sum = Money::new(said.sum_micros, said.currency).decimal();
    format!(
        "{}: {} of {:?} for {}, {} rows, {sum} {}, {} since {}",
        batch.id,
        said.kind,
        said.conversion,
        batch.platform,
        said.rows,
        said.currency,
        batch.state,
        batch.state_at.rfc3339()
    )
}

fn shape(view: &ConversionBatchView) -> Value {
    let batch = &view.batch;
    let said = &batch.said;
    json!({
        "id": batch.id.0, "target_id": said.target_id.0, "kind": said.kind, "rows": said.rows,
        "value": Money::new(said.sum_micros, said.currency).decimal(),
        "currency": said.currency.to_string(), "state": batch.state, "left_out": view.left_out,
        "created_at": said.created_at.rfc3339(),
    })
}
