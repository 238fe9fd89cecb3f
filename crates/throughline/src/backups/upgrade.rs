//! Copies of the databases from before their tables are upgraded.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use app::Surroundings as _;
use store::maintain::{back_up, older_schema};

use crate::config::Config;
use crate::open::Layout;
use crate::surroundings::Machine;

const STORE: Kind = Kind {
    what: "store",
    begin: "store-before-upgrade-",
    ending: ".sqlite",
};
const WAREHOUSE: Kind = Kind {
    what: "warehouse",
    begin: "warehouse-before-upgrade-",
    ending: ".duckdb",
};

const EARLIER_PART: &str = "store-before-upgrade.part";

/// How copies of a database are named.
struct Kind {
    what: &'static str,
    begin: &'static str,
    ending: &'static str,
}

impl Kind {
    fn name(&self, version: i64) -> String {
        let Self { begin, ending, .. } = self;
        format!("{begin}{:014}-v{version}{ending}", Machine.now().0)
    }

    fn part(&self) -> String {
        format!("{}part", self.begin)
    }

    fn has(&self, name: &str) -> bool {
        name.starts_with(self.begin) && name.ends_with(self.ending)
    }
}

/// A copy that is being made.
struct Aside {
    kind: &'static Kind,
    folder: PathBuf,
    version: i64,
    keep: usize,
}

/// Copies a store that an earlier version made before this one changes its tables, and keeps the
/// newest copies.
///
/// # Errors
/// When the copy cannot be made: nothing is upgraded then.
pub(crate) async fn before_upgrade(config: &Config, layout: &Layout) -> anyhow::Result<()> {
    // A file that is no store, or one of a newer program, is refused when it is opened.
    let Ok(Some(version)) = older_schema(&layout.store()).await else {
        return Ok(());
    };
    let Some(aside) = Aside::of(config, layout, &STORE, version) else {
        return Ok(());
    };
    let copied = async {
        let part = aside.begin()?;
        back_up(&layout.store(), &part).await?;
        aside.finish(&part)
    };
    copied.await.with_context(|| aside.refused())
}

/// The same for the warehouse's file, which nobody has open just then. The journal makes it anew,
/// but not the labels that were in force on past days.
///
/// # Errors
/// As [`before_upgrade`].
pub(crate) fn before_upgrade_of_facts(
    config: &Config,
    layout: &Layout,
    version: u32,
) -> anyhow::Result<()> {
    let Some(aside) = Aside::of(config, layout, &WAREHOUSE, version.into()) else {
        return Ok(());
    };
    let copied = aside.begin().and_then(|part| {
        // Where the file system can, the copy shares the blocks of the file.
        fs::copy(layout.warehouse(), &part)?;
        aside.finish(&part)
    });
    copied.with_context(|| aside.refused())
}

/// Where copies go.
pub(super) fn folder(config: &Config, layout: &Layout) -> PathBuf {
    let named = &config.backup.upgrade_folder;
    match named.as_os_str().is_empty() {
        true => layout.backup(),
        false => named.clone(),
    }
}

/// Copies that were broken off, by this version or by one before.
pub(super) fn parts(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let parts = [&STORE, &WAREHOUSE].map(Kind::part);
    let parts = parts.iter().map(String::as_str).chain([EARLIER_PART]);
    for part in parts.map(|name| folder.join(name)) {
        if part.try_exists()? {
            found.push(part);
        }
    }
    Ok(found)
}

/// All copies that are there.
pub(super) fn copies(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut found = copies_of(folder, &STORE)?;
    found.extend(copies_of(folder, &WAREHOUSE)?);
    found.extend(parts(folder)?);
    Ok(found)
}

impl Aside {
    /// Nothing where no copies are wanted.
    fn of(config: &Config, layout: &Layout, kind: &'static Kind, version: i64) -> Option<Self> {
        let keep = config.backup.upgrade_copies;
        (keep > 0).then(|| Self {
            kind,
            folder: folder(config, layout),
            version,
            keep,
        })
    }

    fn begin(&self) -> anyhow::Result<PathBuf> {
        fs::create_dir_all(&self.folder)?;
        let part = self.folder.join(self.kind.part());
        if part.try_exists()? {
            fs::remove_file(&part)?;
        }
        Ok(part)
    }

    /// Gives the copy its name, and takes out the oldest ones.
    fn finish(&self, part: &Path) -> anyhow::Result<()> {
        let copy = self.folder.join(self.kind.name(self.version));
        fs::File::open(part)?.sync_all()?;
        fs::rename(part, &copy)?;
        fs::File::open(&self.folder)?.sync_all()?;
        let mut copies = copies_of(&self.folder, self.kind)?;
        copies.sort();
        let old = copies.len().saturating_sub(self.keep);
        for copy in copies.iter().take(old) {
            fs::remove_file(copy)?;
        }
        tracing::warn!(
            copy = %copy.display(),
            version = self.version,
            "a database is upgraded; a copy of before is kept, which the earlier version opens"
        );
        Ok(())
    }

    fn refused(&self) -> String {
        format!(
            "the {} was made by an earlier version, and is upgraded only behind a copy of it, \
             which could not be made in {} (backup.upgrade_folder)",
            self.kind.what,
            self.folder.display()
        )
    }
}

fn copies_of(folder: &Path, kind: &Kind) -> io::Result<Vec<PathBuf>> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries?,
    };
    let mut copies = Vec::new();
    for entry in entries {
        let entry = entry?;
        if kind.has(&entry.file_name().to_string_lossy()) {
            copies.push(entry.path());
        }
    }
    Ok(copies)
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
            "warehouse-before-upgrade-00000000000001-v9.duckdb",
            "letter.sqlite",
        ];
        for name in names {
            fs::write(folder.path().join(name), "").unwrap();
        }
        let (mut config, _) = crate::config::load(None, std::iter::empty()).unwrap();
        folder.path().clone_into(&mut config.backup.upgrade_folder);
        let layout = Layout::new(folder.path());
        let aside = Aside::of(&config, &layout, &STORE, 31).unwrap();
        let part = aside.begin().unwrap();
        fs::write(&part, "newer").unwrap();
        aside.finish(&part).unwrap();
        let there = |name: &&str| folder.path().join(name).is_file();
        let left: Vec<_> = names.iter().copied().filter(there).collect();
        assert_eq!(left, names[1..]);
        let copies = copies_of(folder.path(), &STORE).unwrap();
        let newer = copies
            .iter()
            .filter(|copy| fs::read(copy).unwrap() == b"newer");
        assert_eq!((copies.len(), newer.count()), (2, 1));
    }

    #[test]
    fn the_warehouse_is_copied_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let (config, _) = crate::config::load(None, std::iter::empty()).unwrap();
        let layout = Layout::new(folder.path());
        fs::write(layout.warehouse(), "facts").unwrap();
        before_upgrade_of_facts(&config, &layout, 9).unwrap();
        let copies = copies(&layout.backup()).unwrap();
        assert_eq!(copies.len(), 1);
        assert_eq!(fs::read(&copies[0]).unwrap(), b"facts");
    }
}
