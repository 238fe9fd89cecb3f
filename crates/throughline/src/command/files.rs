//! Files of costs, leads, deals and payments from the command line.

use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context as _, bail};
use app::{Actor, App, CostEffect, Effect, PageRequest, Preview, StatusGroup, Uncounted};
use connect::columns::Kind;
use serde_json::{Value, json};
use tokio::task::JoinSet;

use super::access_log::named_site;
use super::{finish, open_as_operator, print};
use crate::cli::{DateOrder, Import, ImportKind, Keep, Vat};
use crate::config::Config;
use crate::nearest::hint;

/// Rejected rows that are printed; the interface and the API have them all.
const REJECTED_SHOWN_MAX: u32 = 20;
const SAMPLE_ROWS_SHOWN_MAX: usize = 5;
/// Headers that are named where one is missing, and what is shown of each.
const HEADERS_SHOWN_MAX: usize = 20;
const HEADER_CHARS_SHOWN_MAX: usize = 40;
/// The bar moves this often.
const PROGRESS_INTERVAL: Duration = Duration::from_millis(200);

/// Exit code 0 when every row was accepted, 1 when some were rejected.
pub(crate) async fn run(config: &Config, command: &Import, json: bool) -> anyhow::Result<ExitCode> {
    let (app, actor) = open_as_operator(config, command.workspace).await?;
    let kind = kind_of(command.kind)?;
    let incoming = app.receive_file(&actor, &command.file).await?;
    let name = command
        .file
        .file_name()
        .map(|name| name.to_string_lossy().into_owned());
    // The columns that the command line names are those of the sheet that it names.
    let sheet = command.sheet.as_ref().map(|sheet| json!({"sheet": sheet}));
    let preview = app
        .preview(&actor, kind, &name.unwrap_or_default(), incoming, sheet)
        .await?;
    let mut given = given(&preview, kind, command)?;
    if kind == Kind::History {
        let site = named_site(&app, &actor, command.site.as_deref()).await?;
        given["site"] = json!(site.id);
    }
    require_columns(&preview, kind, &given)?;
    let said = given.as_object().is_some_and(|fields| !fields.is_empty());
    let given = Some(given);
    // Where nothing is said, the file has been read as it will be.
    let preview = match said {
        true => {
            app.preview_again(&actor, kind, preview.upload, given.clone())
                .await?
        }
        false => preview,
    };
    if command.dry_run {
        show_preview(&preview, json);
        return Ok(ExitCode::SUCCESS);
    }
    if !json {
        for warning in &preview.warnings {
            print::say!("look: {}", warning.detail);
        }
    }
    let started = app
        .start_import(&actor, preview.upload, kind, given)
        .await?;
    let id = started.import.id;
    if follow(&app, &actor, id, preview.rows_total).await? == Followed::Stopped {
        finish(app).await?;
        print::say!("Import {id} was cancelled; nothing of it is left.");
        return Ok(ExitCode::FAILURE);
    }
    let rejected = show_result(&app, &actor, id, json).await?;
    finish(app).await?;
    Ok(if rejected {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    })
}

/// How an import ended for the person at the terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Followed {
    Ended,
    Stopped,
}

/// Runs the import with a bar that moves; Ctrl-C cancels it and waits until it is taken back.
async fn follow(
    app: &App,
    actor: &Actor,
    id: base::ImportId,
    rows: u64,
) -> anyhow::Result<Followed> {
    let bar = print::bar(rows, "Importing");
    let mut followed = Followed::Ended;
    // On its own: it goes on, and lets others write, while a cancellation waits for its turn.
    let running = app.clone();
    let mut run = JoinSet::new();
    run.spawn(async move { running.run_imports_until_idle().await });
    loop {
        tokio::select! {
            Some(ended) = run.join_next() => {
                ended??;
                bar.finish_and_clear();
                return Ok(followed);
            }
            pressed = tokio::signal::ctrl_c(), if followed == Followed::Ended => {
                pressed?;
                bar.set_message("Taking it back");
                // An import that has just ended stays as it is.
                if app.cancel_import(actor, id).await.is_ok() {
                    followed = Followed::Stopped;
                }
            }
            () = tokio::time::sleep(PROGRESS_INTERVAL) => {
                let done = app.import(actor, id).await?.import.progress.rows_done;
                bar.set_position(u64::try_from(done).unwrap_or(0));
            }
        }
    }
}

fn kind_of(kind: ImportKind) -> anyhow::Result<Kind> {
    Ok(match kind {
        ImportKind::Costs => Kind::Costs,
        ImportKind::Leads => Kind::Leads,
        ImportKind::Deals => Kind::Deals,
        ImportKind::Payments => Kind::Payments,
        ImportKind::History => Kind::History,
        ImportKind::AccessLog => bail!("an access log is no table"),
    })
}

/// What the command line says; it overrules what the file suggests.
fn given(preview: &Preview, kind: Kind, command: &Import) -> anyhow::Result<Value> {
    let mut fields = serde_json::Map::new();
    let given = [
        ("source", command.source.clone()),
        ("medium", command.medium.clone()),
        ("platform", command.platform.clone()),
        ("currency", command.currency.clone()),
        ("sheet", command.sheet.clone()),
        (
            "date_order",
            command.date_order.map(|order| order_word(order).to_owned()),
        ),
        ("vat", command.vat.map(|vat| vat_word(vat).to_owned())),
        (
            "keep_earlier",
            command.keep_earlier.map(|keep| keep_word(keep).to_owned()),
        ),
    ];
    for (name, value) in given {
        if let Some(value) = value {
            fields.insert(name.to_owned(), Value::String(value));
        }
    }
    for assignment in &command.columns {
        let (header, field) = assignment
            .rsplit_once('=')
            .with_context(|| format!("--column {assignment:?} is not HEADER=FIELD"))?;
        let column = preview
            .columns
            .iter()
            .find(|column| column.header.trim() == header.trim())
            .with_context(|| format!("the file has no column {header:?}"))?;
        let known = kind.fields().iter().map(|field| field.key());
        if !known.clone().any(|key| key == field) {
            let (hint, all) = (
                hint(field, known.clone()),
                known.collect::<Vec<_>>().join(", "),
            );
            bail!(
                "{} have no field {field:?}{hint} (fields: {all})",
                kind.name()
            );
        }
        let columns = fields.entry("columns").or_insert_with(|| json!({}));
        columns[column.index.to_string()] = Value::String(field.to_owned());
    }
    for assignment in &command.campaigns {
        let (in_file, tracked) = assignment
            .split_once('=')
            .with_context(|| format!("--campaign {assignment:?} is not IN FILE=IN REPORTS"))?;
        let campaigns = fields.entry("campaigns").or_insert_with(|| json!({}));
        campaigns[in_file.trim()] = Value::String(tracked.trim().to_owned());
    }
    for assignment in &command.statuses {
        let (status, group) = assignment
            .rsplit_once('=')
            .with_context(|| format!("--status {assignment:?} is not STATUS=GROUP"))?;
        let group: StatusGroup = group.trim().parse()?;
        let groups = fields.entry("status_groups").or_insert_with(|| json!({}));
        groups[status.trim()] = Value::String(group.name().to_owned());
    }
    Ok(Value::Object(fields))
}

/// What the columns have to say between them, in words that lead to the way out.
fn require_columns(preview: &Preview, kind: Kind, options: &Value) -> anyhow::Result<()> {
    let meaning = |column: &app::PreviewColumn| {
        let given = options["columns"].get(column.index.to_string());
        given.map_or(column.field, Value::as_str)
    };
    let said: Vec<&str> = preview.columns.iter().filter_map(meaning).collect();
    let lacking = kind.required().iter().map(|field| field.key());
    let lacking: Vec<&str> = lacking.filter(|field| !said.contains(field)).collect();
    let Some(first) = lacking.first() else {
        return Ok(());
    };
    let header = |column: &app::PreviewColumn| {
        let shown: String = column
            .header
            .trim()
            .chars()
            .take(HEADER_CHARS_SHOWN_MAX)
            .collect();
        format!("{shown:?}")
    };
    let columns = preview.columns.iter().take(HEADERS_SHOWN_MAX);
    let headers: Vec<String> = columns.map(header).collect();
    bail!(
        "no column of the file is its {}; say which one with --column HEADER={first} (the file, \
         read as {}, has the columns {})",
        lacking.join(" or "),
        preview.encoding,
        headers.join(", ")
    );
}

fn order_word(order: DateOrder) -> &'static str {
    match order {
        DateOrder::DayFirst => "day_first",
        DateOrder::MonthFirst => "month_first",
    }
}

fn vat_word(vat: Vat) -> &'static str {
    match vat {
        Vat::Included => "included",
        Vat::Excluded => "excluded",
    }
}

fn keep_word(keep: Keep) -> &'static str {
    match keep {
        Keep::Rejected => "rejected",
        Keep::All => "all",
        Keep::Nothing => "nothing",
    }
}

/// What becomes of amounts that were there, in words.
fn effect_words(told: &CostEffect, is_done: bool) -> String {
    let CostEffect {
        effect,
        amounts,
        currency,
        before,
        after,
    } = told;
    let (noun, were, them) = match amounts {
        1 => ("amount", "was", "it"),
        _ => ("amounts", "were", "them"),
    };
    let verb = match (effect, is_done) {
        (Effect::Added, true) => format!("{were} added"),
        (Effect::Added, false) => "will be added".to_owned(),
        (Effect::Changed, true) => "changed".to_owned(),
        (Effect::Changed, false) => "will change".to_owned(),
        (Effect::Vanished, true) => {
            format!("vanished, because the file does not have {them}")
        }
        (Effect::Vanished, false) => {
            format!("will vanish, because the file does not have {them}")
        }
        (Effect::Kept, true) => format!("stayed, though the file does not say {them}"),
        (Effect::Kept, false) => format!("will stay, though the file does not say {them}"),
    };
    let sum = match effect {
        Effect::Added => format!("{after} {currency}"),
        Effect::Changed => format!("from {before} to {after} {currency}"),
        Effect::Vanished | Effect::Kept => format!("{before} {currency}"),
    };
    let earlier = if *effect == Effect::Added {
        ""
    } else {
        "earlier "
    };
    format!("{amounts} {earlier}{noun} {verb}: {sum}.")
}

/// What of an import is in no report, and what to do about it.
fn uncounted_words(told: &Uncounted, kind: &str) -> String {
    let statuses: Vec<String> = told
        .statuses
        .iter()
        .map(|word| format!("{word:?}"))
        .collect();
    let amount = told.amount.map(|amount| format!(" ({})", amount.rounded()));
    format!(
        "{} of the {kind} of this import{} counts in no report yet: say in the settings what the \
         status {} stands for",
        told.records,
        amount.unwrap_or_default(),
        statuses.join(", ")
    )
}

fn show_preview(preview: &Preview, json: bool) {
    let columns: Vec<Value> = preview
        .columns
        .iter()
        .map(|column| json!({"header": column.header, "field": column.field}))
        .collect();
    if json {
        let rows = preview.rows_total;
        let warnings = preview.warnings.iter();
        let warnings: Vec<Value> = warnings
            .map(|warning| json!({"code": warning.code, "detail": warning.detail}))
            .collect();
        print::say!(
            "{}",
            json!({
                "format": preview.format,
                "rows": rows,
                "columns": columns,
                "sheet": preview.sheet,
                "options": preview.options,
                "effects": preview.effects,
                "warnings": warnings,
            })
        );
        return;
    }
    print::say!(
        "{} rows, read as {} {}.",
        preview.rows_total,
        preview.format,
        place_words(preview)
    );
    let header = ["Column", "Read as", "Example"].map(str::to_owned);
    let row = |column: &app::PreviewColumn| {
        let field = column.field.unwrap_or("(ignored)").to_owned();
        vec![
            column.header.clone(),
            field,
            column.samples.first().cloned().unwrap_or_default(),
        ]
    };
    print::say!(
        "{}",
        print::table(
            &header,
            &preview.columns.iter().map(row).collect::<Vec<_>>()
        )
    );
    let wrong = preview.sample.iter().filter_map(|row| match &row.parsed {
        Some(Err(error)) => Some((row.row, error)),
        _ => None,
    });
    for (row, error) in wrong.take(SAMPLE_ROWS_SHOWN_MAX) {
        print::say!(
            "row {row}, {}: {}",
            error.field.as_deref().unwrap_or("row"),
            error.detail
        );
    }
    show_campaigns(preview);
    for warning in &preview.warnings {
        print::say!("look: {}", warning.detail);
    }
    for told in &preview.effects {
        let is_loss = told.effect == Effect::Vanished;
        let mark = if is_loss { "look: " } else { "" };
        print::say!("{mark}{}", effect_words(told, false));
    }
    print::say!("Nothing was changed.");
}

fn place_words(preview: &Preview) -> String {
    match &preview.sheet {
        Some(sheet) => format!("from the sheet {sheet:?}"),
        None => format!("in {}", preview.encoding),
    }
}

/// Where the campaigns of a cost file land, so that those that meet no visits are seen before.
fn show_campaigns(preview: &Preview) {
    if preview.campaigns.is_empty() {
        return;
    }
    let header = [
        "Campaign in the file",
        "Channel",
        "Campaign in reports",
        "Visits known",
    ];
    let row = |told: &app::PreviewCampaign| {
        let channel = told
            .channel
            .clone()
            .unwrap_or_else(|| "(unknown)".to_owned());
        let (name, campaign) = (told.name.clone(), told.campaign.clone());
        vec![name, channel, campaign, told.visits.to_string()]
    };
    let rows: Vec<_> = preview.campaigns.iter().map(row).collect();
    println!("{}", print::table(&header.map(str::to_owned), &rows));
}

/// Prints what came of the import; whether rows were rejected.
async fn show_result(
    app: &App,
    actor: &Actor,
    id: base::ImportId,
    json: bool,
) -> anyhow::Result<bool> {
    let view = app.import(actor, id).await?;
    let import = &view.import;
    if let Some(error) = &import.error {
        bail!("the import failed: {error}");
    }
    let progress = &import.progress;
    if json {
        print::say!(
            "{}",
            json!({
                "id": id.0,
                "rows": progress.rows_total,
                "accepted": progress.rows_accepted,
                "rejected": progress.rows_rejected,
                "new": progress.rows_new,
                "changed": progress.rows_changed,
                "unchanged": progress.rows_unchanged,
                "effects": view.effects,
                "uncounted": view.uncounted.as_ref().map(|told| json!({
                    "records": told.records,
                    "statuses": told.statuses,
                    "amount": told.amount.map(|amount| amount.rounded().decimal()),
                    "currency": told.amount.map(|amount| amount.currency),
                })),
            })
        );
        return Ok(progress.rows_rejected > 0);
    }
    print::say!(
        "Import {id}: {} rows accepted ({} new, {} corrected), {} rejected.",
        progress.rows_accepted,
        progress.rows_new,
        progress.rows_changed,
        progress.rows_rejected
    );
    for told in &view.effects {
        print::say!("{}", effect_words(told, true));
    }
    if let Some(told) = &view.uncounted {
        print::say!("look: {}", uncounted_words(told, &import.kind));
    }
    let page = PageRequest::first(REJECTED_SHOWN_MAX);
    let rejected = app.rejected(actor, id, page).await?;
    for row in rejected.items {
        let rejection = row.rejection;
        print::say!("  row {}: {}", rejection.row, rejection.detail);
    }
    Ok(progress.rows_rejected > 0)
}
