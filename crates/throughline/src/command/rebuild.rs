//! The warehouse, made anew from the journal.

use serde_json::json;

use super::print;
use crate::config::Config;
use crate::open;

pub(crate) async fn run(config: &Config, json: bool) -> anyhow::Result<()> {
    let app = open::open(config).await?;
    app.relay_outbox().await?;
    let (facts, missing) = tokio::task::spawn_blocking(move || {
        app.warehouse().wipe()?;
        let end = app.journal().status().durable;
        let mut loader = open::loader(&app)?;
        let bar = print::bar(end.segment + 1, "Loading the journal");
        let (mut facts, mut missing) = (0, 0);
        let mut at = loader.position();
        while at < end {
            let step = loader.step()?;
            facts += step.loaded.facts();
            missing += step.missing;
            at = loader.position();
            bar.set_position(at.segment);
        }
        bar.finish_and_clear();
        app.warehouse().compact(app.now())?;
        app.warehouse().checkpoint()?;
        app.journal().close();
        anyhow::Ok((facts, missing))
    })
    .await??;
    if json {
        println!("{}", json!({ "facts": facts, "missing_segments": missing }));
        return Ok(());
    }
    println!("The warehouse holds {facts} facts again.");
    if missing > 0 {
        println!("{missing} segments of the journal are not there; their facts are missing.");
    }
    Ok(())
}
