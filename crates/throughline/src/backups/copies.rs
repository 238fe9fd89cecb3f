//! Copies of the databases that lie beside them: whoever is erased is in them too.

use std::fs;
use std::io;
use std::path::PathBuf;

use super::make::PART;
use super::proof::PROOF;
use super::turn::Turn;
use super::upgrade;
use crate::config::Config;
use crate::open::Layout;

/// Takes away the copies from before upgrades, and what a back-up or its test that was broken off
/// has left. One that is under way clears up behind itself. Returns how many there were.
///
/// # Errors
/// When a file cannot be removed.
pub(crate) fn clear_copies(config: &Config) -> io::Result<u64> {
    let layout = Layout::new(&config.data.folder);
    let mut cleared = 0;
    for copy in upgrade::copies(&upgrade::folder(config, &layout))? {
        fs::remove_file(copy)?;
        cleared += 1;
    }
    Ok(cleared + clear_leftovers(&layout)?)
}

/// What work on the databases that was broken off has left: a back-up, its test, a copy from before
/// an upgrade, the set-up that a collector keeps. None while a back-up is under way.
///
/// # Errors
/// When a folder cannot be read.
pub(crate) fn leftovers(config: &Config, layout: &Layout) -> io::Result<Vec<PathBuf>> {
    let folder = layout.backup();
    let mut found = upgrade::parts(&upgrade::folder(config, layout))?;
    let draft = layout.root.join("routing.draft");
    found.extend(draft.is_file().then_some(draft));
    if folder.is_dir() && Turn::try_take(&folder)?.is_some() {
        for entry in fs::read_dir(&folder)? {
            let path = entry?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            if (name.starts_with(PART) || name == PROOF) && !found.contains(&path) {
                found.push(path);
            }
        }
    }
    found.sort();
    Ok(found)
}

/// What a back-up or its test that was broken off has left.
pub(super) fn clear_leftovers(layout: &Layout) -> io::Result<u64> {
    let folder = layout.backup();
    if !folder.is_dir() {
        return Ok(0);
    }
    let Some(_turn) = Turn::try_take(&folder)? else {
        return Ok(0);
    };
    let is_part = |path: &PathBuf| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        name.starts_with(PART)
    };
    let entries = fs::read_dir(&folder)?.map(|entry| Ok(entry?.path()));
    let entries: Vec<PathBuf> = entries.collect::<io::Result<_>>()?;
    let mut cleared = 0;
    // A log of the engine may lie beside the copy.
    for part in entries.iter().filter(|path| is_part(path)) {
        fs::remove_file(part)?;
        cleared += 1;
    }
    match fs::remove_dir_all(folder.join(PROOF)) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        removed => {
            removed?;
            cleared += 1;
        }
    }
    Ok(cleared)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_left_of_the_store_but_the_store() {
        // The folder's own name says nothing.
        let folder = tempfile::Builder::new()
            .suffix("store.parts")
            .tempdir()
            .unwrap();
        let (mut config, _) = crate::config::load(None, std::iter::empty()).unwrap();
        folder.path().clone_into(&mut config.data.folder);
        assert_eq!(clear_copies(&config).unwrap(), 0, "there is no folder yet");
        let backup = folder.path().join("backup");
        fs::create_dir_all(backup.join(PROOF).join("journal")).unwrap();
        for name in [
            "store-before-upgrade-00000000000001-v30.sqlite",
            "warehouse-before-upgrade-00000000000001-v9.duckdb",
            "store-before-upgrade-part",
            "store.part",
            "store.part-wal",
            "state.json",
            "sent.json",
            "proof/store.sqlite",
        ] {
            fs::write(backup.join(name), "Anna").unwrap();
        }
        assert_eq!(clear_copies(&config).unwrap(), 6);
        let left = fs::read_dir(&backup).unwrap();
        let mut left: Vec<_> = left.map(|entry| entry.unwrap().file_name()).collect();
        left.sort();
        assert_eq!(left, ["lock", "sent.json", "state.json"]);
        // One that is being made clears up behind itself.
        fs::write(backup.join(PART), "Anna").unwrap();
        let turn = Turn::take(&backup).unwrap();
        assert_eq!(clear_copies(&config).unwrap(), 0);
        drop(turn);
        assert_eq!(clear_copies(&config).unwrap(), 1);
    }
}
