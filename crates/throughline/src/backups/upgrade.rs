//! A copy of the store from before its tables are upgraded.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use app::Surroundings as _;
use store::maintain::{back_up, older_schema};

use crate::config::Config;
use crate::open::Layout;
use crate::surroundings::Machine;

const BEGIN: &str = "store-before-upgrade-";
const ENDING: &str = ".sqlite";

/// Copies a store that an earlier version made before this one changes its tables, and keeps the
/// newest copies. The warehouse is none that has to be copied: the journal makes it anew.
///
/// # Errors
/// When the copy cannot be made: nothing is upgraded then.
pub(crate) async fn before_upgrade(config: &Config, layout: &Layout) -> anyhow::Result<()> {
    let keep = config.backup.upgrade_copies;
    // A file that is no store, or one of a newer program, is refused when it is opened.
    let Ok(Some(version)) = older_schema(&layout.store()).await else {
        return Ok(());
    };
    if keep == 0 {
        return Ok(());
    }
    let named = &config.backup.upgrade_folder;
    let folder = match named.as_os_str().is_empty() {
        true => layout.backup(),
        false => named.clone(),
    };
    let copy = folder.join(format!("{BEGIN}{:014}-v{version}{ENDING}", Machine.now().0));
    let copied = async {
        fs::create_dir_all(&folder)?;
        let part = folder.join("store-before-upgrade.part");
        if part.try_exists()? {
            fs::remove_file(&part)?;
        }
        back_up(&layout.store(), &part).await?;
        fs::File::open(&part)?.sync_all()?;
        fs::rename(&part, &copy)?;
        fs::File::open(&folder)?.sync_all()?;
        forget_all_but(&folder, keep)
    };
    copied.await.with_context(|| {
        format!(
            "the store was made by an earlier version, and is upgraded only behind a copy of it, \
             which could not be made in {} (backup.upgrade_folder)",
            folder.display()
        )
    })?;
    tracing::warn!(
        copy = %copy.display(),
        version,
        "the store is upgraded; a copy of before is kept, which the earlier version opens"
    );
    Ok(())
}

fn forget_all_but(folder: &Path, keep: usize) -> anyhow::Result<()> {
    let mut copies: Vec<PathBuf> = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.starts_with(BEGIN) && name.ends_with(ENDING) {
            copies.push(entry.path());
        }
    }
    copies.sort();
    let old = copies.len().saturating_sub(keep);
    for copy in copies.iter().take(old) {
        fs::remove_file(copy)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_copies_stay_and_nothing_else_goes() {
        let folder = tempfile::tempdir().unwrap();
        let names = [
            "store-before-upgrade-00000000000001-v30.sqlite",
            "store-before-upgrade-00000000000002-v9.sqlite",
            "store-before-upgrade-00000000000010-v31.sqlite",
            "letter.sqlite",
        ];
        for name in names {
            fs::write(folder.path().join(name), "").unwrap();
        }
        forget_all_but(folder.path(), 2).unwrap();
        let there = |name: &&str| folder.path().join(name).is_file();
        let left: Vec<_> = names.iter().copied().filter(there).collect();
        assert_eq!(left, names[1..]);
    }
}
