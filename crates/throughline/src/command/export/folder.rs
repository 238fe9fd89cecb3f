//! The folder of an export: it is there whole or not at all.

use std::fs::{self, DirBuilder, File};
use std::io::{Read as _, Write as _};
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use base::WorkspaceId;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

/// In a draft as long as it is one: it may be removed when it was left behind.
const MARK: &str = "unfinished-export";
/// Personal data is nobody else's.
const MODE: u32 = 0o700;
const BUFFER_BYTES: usize = 64 << 10;

/// A draft that takes its place when all is written.
pub(super) struct Folder {
    draft: PathBuf,
    out: PathBuf,
}

/// A file of the export.
#[derive(Debug, Clone)]
pub(super) struct Written {
    pub(super) path: PathBuf,
    pub(super) table: &'static str,
    pub(super) rows: u64,
    pub(super) bytes: u64,
    pub(super) sha256: String,
}

impl Folder {
    /// Makes a draft beside the folder that is to be; one that an interrupted export left behind is
    /// removed first.
    ///
    /// # Errors
    /// When something else is in either place.
    pub(super) fn begin(out: &Path) -> anyhow::Result<Self> {
        if out.try_exists()? {
            bail!("{} is there already: name a new folder", out.display());
        }
        let mut draft = out.as_os_str().to_owned();
        draft.push(".part");
        let draft = PathBuf::from(draft);
        if draft.try_exists()? {
            if !draft.join(MARK).try_exists()? {
                bail!("{} is in the way: move it elsewhere", draft.display());
            }
            fs::remove_dir_all(&draft)
                .with_context(|| format!("failed to remove {}", draft.display()))?;
        }
        let made = DirBuilder::new().recursive(true).mode(MODE).create(&draft);
        made.with_context(|| format!("failed to make {}", draft.display()))?;
        File::create_new(draft.join(MARK))?;
        Ok(Self {
            draft,
            out: out.to_owned(),
        })
    }

    /// Where the files of a workspace go.
    pub(super) fn workspace(&self, id: WorkspaceId) -> anyhow::Result<PathBuf> {
        let place = self.draft.join(format!("workspace-{id}"));
        fs::create_dir(&place)?;
        Ok(place)
    }

    /// Writes what the files are, and gives the folder its name.
    pub(super) fn finish(&self, manifest: &Value, files: &[Written]) -> anyhow::Result<()> {
        let mut sums = String::new();
        for file in files {
            sums.push_str(&format!("{}  {}\n", file.sha256, self.shown(file)));
        }
        let mut manifest = manifest.clone();
        for (told, file) in manifest["files"]
            .as_array_mut()
            .into_iter()
            .flatten()
            .zip(files)
        {
            told["path"] = Value::String(self.shown(file));
        }
        let manifest = serde_json::to_vec_pretty(&manifest)?;
        for (name, content) in [
            ("manifest.json", manifest.as_slice()),
            ("SHA256SUMS", sums.as_bytes()),
        ] {
            let mut file = File::create_new(self.draft.join(name))?;
            file.write_all(content)?;
            file.sync_all()?;
        }
        fs::rename(&self.draft, &self.out)
            .with_context(|| format!("failed to make {}", self.out.display()))?;
        Ok(fs::remove_file(self.out.join(MARK))?)
    }

    /// The path of a file inside the export.
    fn shown(&self, file: &Written) -> String {
        let path = file.path.strip_prefix(&self.draft).unwrap_or(&file.path);
        path.display().to_string()
    }
}

/// A file that is on the disk now, with its length and checksum.
pub(super) fn written(path: PathBuf, table: &'static str, rows: u64) -> std::io::Result<Written> {
    let mut file = File::open(&path)?;
    file.sync_all()?;
    let (mut hash, mut bytes) = (Sha256::new(), 0);
    let mut buffer = vec![0; BUFFER_BYTES];
    loop {
        let read = file.read(&mut buffer)?;
        if read == 0 {
            break;
        }
        hash.update(&buffer[..read]);
        bytes += u64::try_from(read).unwrap_or_default();
    }
    Ok(Written {
        path,
        table,
        rows,
        bytes,
        sha256: app::audit::hexadecimal(&hash.finalize()),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_folder_is_there_whole_or_not_at_all() {
        let home = tempfile::tempdir().unwrap();
        let out = home.path().join("all");
        let broken = Folder::begin(&out).unwrap();
        fs::write(broken.workspace(WorkspaceId(1)).unwrap().join("half"), "x").unwrap();
        assert!(!out.try_exists().unwrap());
        // The next one begins anew.
        let folder = Folder::begin(&out).unwrap();
        let place = folder.workspace(WorkspaceId(1)).unwrap();
        assert!(!place.join("half").try_exists().unwrap());
        let path = place.join("whole");
        fs::write(&path, "abc").unwrap();
        let file = written(path, "leads", 1).unwrap();
        folder.finish(&json!({"files": [{}]}), &[file]).unwrap();
        let sums = fs::read_to_string(out.join("SHA256SUMS")).unwrap();
        let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(sums, format!("{abc}  workspace-1/whole\n"));
        let manifest = fs::read_to_string(out.join("manifest.json")).unwrap();
        assert!(manifest.contains("workspace-1/whole"));
        assert!(!out.join(MARK).try_exists().unwrap());
        assert!(Folder::begin(&out).is_err(), "nothing is written over");
    }

    #[test]
    fn what_somebody_else_put_there_is_left_alone() {
        let home = tempfile::tempdir().unwrap();
        let out = home.path().join("all");
        let other = home.path().join("all.part");
        fs::create_dir(&other).unwrap();
        fs::write(other.join("own"), "x").unwrap();
        assert!(Folder::begin(&out).is_err());
        assert!(other.join("own").try_exists().unwrap());
    }
}
