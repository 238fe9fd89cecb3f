//! The key to the store's secrets, changed.

use std::path::Path;

use anyhow::{Context as _, bail};
use app::MasterKey;
use serde_json::json;

use super::{finish, print};
use crate::cli::Secrets;
use crate::config::Config;
use crate::master_key::{self, Source};
use crate::open::{self, Layout};
use crate::surroundings::Machine;

pub(crate) async fn run(config: &Config, command: Secrets, json: bool) -> anyhow::Result<()> {
    let Secrets::Rotate { new_key_file } = command;
    rotate(config, new_key_file.as_deref(), json).await
}

/// The data folder is held meanwhile, so no server seals with the key that goes. The store changes
/// over in one transaction; a crash before it leaves the earlier key, one behind it is brought to
/// its end by the next start.
async fn rotate(config: &Config, new_key: Option<&Path>, json: bool) -> anyhow::Result<()> {
    let app = open::open_existing(config).await?;
    let source = Source::of(config, &Layout::new(&config.data.folder))?;
    let (earlier, _) = app.secrets_kept().await?;
    let next = match (new_key, source.own()) {
        (Some(file), _) => master_key::read_file(file)?
            .with_context(|| format!("{} is not there", file.display()))?,
        (None, Some(path)) => {
            let key = MasterKey::random(&Machine);
            master_key::put_next(path, &key)?;
            key
        }
        (None, None) => bail!(
            "the key comes from {source}: make a new one with `umask 077; openssl rand -hex 32 > \
             FILE`, and name it with --new-key-file FILE"
        ),
    };
    let id = next.id();
    let rotated = app.rotate_key(&next).await?;
    let kept = match (new_key, source.own()) {
        (None, Some(path)) => Some(master_key::take_next(path, &earlier)?),
        _ => None,
    };
    finish(app).await?;
    if json {
        let told = json!({
            "secrets": rotated,
            "key": id.to_string(),
            "earlier_key": earlier.to_string(),
            "earlier_key_file": kept,
        });
        print::say!("{told}");
        return Ok(());
    }
    print::say!("{rotated} secrets are sealed with key {id} now.");
    match (new_key, kept) {
        (Some(file), _) => print::say!(
            "Let [secrets] give the key of {} before the next start.",
            file.display()
        ),
        (None, Some(kept)) => print::say!(
            "The key is in {source}. Back-ups made until now need the one before it, {}: remove \
             it when there are none any more.",
            kept.display()
        ),
        (None, None) => {}
    }
    Ok(())
}
