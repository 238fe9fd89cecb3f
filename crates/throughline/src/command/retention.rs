//! For how long personal data is kept, and letting go of what is older.

use serde_json::json;

use super::{finish, open_as_operator, print};
use crate::config::Config;

#[derive(Debug, clap::Args)]
pub(crate) struct Retention {
    /// Workspace, by its number; the first if absent.
    #[arg(long)]
    workspace: Option<i64>,
    /// Let go of it now: it does not come back.
    #[arg(long)]
    apply: bool,
}

pub(crate) async fn run(config: &Config, command: &Retention, json: bool) -> anyhow::Result<()> {
    let (app, actor) = open_as_operator(config, command.workspace).await?;
    let kept = app.retention(&actor).await?;
    if command.apply {
        let spinner = print::spinner("Letting go");
        let run = app.apply_retention(actor.workspace).await?;
        spinner.finish_and_clear();
        match json {
            true => print::say!(
                "{}",
                json!({
                    "days": kept.days, "gone": run.counts, "segments_away": run.segments_away,
                })
            ),
            false => {
                for (class, rows) in &run.counts {
                    print::say!("{class}: {rows} are gone.");
                }
                if run.segments_away > 0 {
                    print::say!(
                        "{} segments of the journal are moved away: they are looked through in \
                         the night after they are back.",
                        run.segments_away
                    );
                }
                if run.counts.is_empty() {
                    print::say!("Everything is kept for ever.");
                }
            }
        }
        return finish(app).await;
    }
    let found = app.preview_retention(&actor, kept.days).await?;
    if json {
        let classes: Vec<_> = found
            .iter()
            .map(|one| {
                let oldest = one.oldest.map(base::UnixMillis::rfc3339);
                json!({"class": one.class.name(), "rows": one.rows, "oldest": oldest})
            })
            .collect();
        print::say!("{}", json!({"days": kept.days, "next_night": classes}));
    } else if found.is_empty() {
        print::say!("Everything is kept for ever.");
    }
    for one in found.iter().filter(|_| !json) {
        let days = kept.days.of(one.class).unwrap_or_default();
        let oldest = one.oldest.map(base::UnixMillis::rfc3339);
        print::say!(
            "{}: kept for {days} days; {} are older{}.",
            one.class.name(),
            one.rows.map_or("some".to_owned(), |rows| rows.to_string()),
            oldest.map_or(String::new(), |at| format!(", the oldest of {at}"))
        );
    }
    finish(app).await
}
