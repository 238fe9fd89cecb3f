//! What can be put right without losing anything: each said before it is done, and after.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use app::App;
use store::maintain::{Index, find_missing_indexes, make_index};

use super::{Finding, Verdict, finding};
use crate::backups;
use crate::config::Config;
use crate::master_key::{Source, is_open_to_others};
use crate::open::Layout;

/// For files that are nobody else's.
const OWN_MODE: u32 = 0o600;

/// Something to put right.
pub(super) struct Mend {
    what: &'static str,
    found: String,
    act: Act,
}

enum Act {
    Close(PathBuf),
    Remove(PathBuf),
    MakeIndex(Index),
}

/// What there is to put right in a data folder that this process holds.
///
/// # Errors
/// When the folder or the store cannot be read.
pub(super) async fn find(config: &Config, layout: &Layout, app: &App) -> anyhow::Result<Vec<Mend>> {
    let mut mends = Vec::new();
    let key = Source::of(config, layout)?.file().map(Path::to_owned);
    let own = key.into_iter().chain([layout.root.join("routing.json")]);
    for path in own.filter(|path| is_open_to_others(path)) {
        let mode = fs::metadata(&path)?.permissions().mode() & 0o777;
        mends.push(Mend {
            what: "permissions",
            found: format!("{} is open to others ({mode:03o})", path.display()),
            act: Act::Close(path),
        });
    }
    for path in backups::leftovers(config, layout)? {
        mends.push(Mend {
            what: "leftovers",
            found: format!("{} was left by work that broke off", path.display()),
            act: Act::Remove(path),
        });
    }
    for index in find_missing_indexes(&mut app.store().read().await?).await? {
        mends.push(Mend {
            what: "indexes",
            found: format!("the store lacks the index {}: lists are slow", index.name),
            act: Act::MakeIndex(index),
        });
    }
    Ok(mends)
}

impl Mend {
    /// As it is told where nothing is mended.
    pub(super) fn told(&self) -> Finding {
        let detail = format!("{}; `doctor --fix` {}", self.found, self.promise());
        finding(self.what, Verdict::Look, detail)
    }

    /// As it is told of what would be done.
    pub(super) fn foretold(&self) -> Finding {
        let detail = format!("{}; --fix {}", self.found, self.promise());
        finding(self.what, Verdict::WouldMend, detail)
    }

    /// Puts it right, and says what came of it.
    pub(super) async fn done(&self, app: &App) -> Finding {
        match self.act(app).await {
            Ok(()) => {
                let detail = format!("{}; {} now", self.found, self.outcome());
                finding(self.what, Verdict::Mended, detail)
            }
            Err(error) => {
                let detail = format!("{}; it could not be mended: {error:#}", self.found);
                finding(self.what, Verdict::Broken, detail)
            }
        }
    }

    async fn act(&self, app: &App) -> anyhow::Result<()> {
        match &self.act {
            Act::Close(path) => {
                fs::set_permissions(path, fs::Permissions::from_mode(OWN_MODE))?;
            }
            Act::Remove(path) if path.is_dir() => fs::remove_dir_all(path)?,
            Act::Remove(path) => fs::remove_file(path)?,
            Act::MakeIndex(index) => {
                let mut tx = app.store().begin().await?;
                make_index(&mut tx, index).await?;
                tx.commit().await?;
            }
        }
        Ok(())
    }

    fn promise(&self) -> &'static str {
        match self.act {
            Act::Close(_) => "closes it",
            Act::Remove(_) => "removes it",
            Act::MakeIndex(_) => "makes it",
        }
    }

    fn outcome(&self) -> &'static str {
        match self.act {
            Act::Close(_) => "it is its owner's alone (600)",
            Act::Remove(_) => "it is gone",
            Act::MakeIndex(_) => "it is there",
        }
    }
}
