//! Files in a folder below a workspace's part of the one that the configuration opens, and nothing
//! else: a link that leads out of that part is no file of it.

use std::fs::{self, DirEntry};
use std::io;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use base::UnixMillis;

use super::read::Failure;

/// In one folder.
const FILES_MAX: usize = 1_000;
/// So long nobody has written to a file that is whole.
const REST_MS: i64 = 60 * 1000;
const ENDINGS: [&str; 7] = ["csv", "tsv", "txt", "gz", "xlsx", "xlsm", "zip"];

/// A file that may be read.
#[derive(Debug, Clone)]
pub(super) struct FolderFile {
    pub(super) path: PathBuf,
    pub(super) name: String,
    pub(super) size_bytes: i64,
    pub(super) modified_at: UnixMillis,
}

/// The files of a folder, in the order in which they were written. One that somebody may still be
/// writing is left for the next look. Blocks.
pub(super) fn files_in(
    root: &Path,
    folder: &str,
    now: UnixMillis,
) -> Result<Vec<FolderFile>, Failure> {
    let unreadable = |_: io::Error| {
        let detail = "there is no such folder, or it may not be read";
        Failure::new("folder_unreadable", detail)
    };
    let root = root.canonicalize().map_err(unreadable)?;
    let place = root.join(folder).canonicalize().map_err(unreadable)?;
    if !place.starts_with(&root) {
        let detail = "the folder lies outside of the one that the configuration opens";
        return Err(Failure::new("folder_unreadable", detail));
    }
    let mut files = Vec::new();
    for (index, entry) in fs::read_dir(&place).map_err(unreadable)?.enumerate() {
        if index >= FILES_MAX {
            let detail = format!("a folder may hold {FILES_MAX} files; move old ones away");
            return Err(Failure::new("too_many_in_folder", detail));
        }
        files.extend(file_of(&root, &entry.map_err(unreadable)?).map_err(unreadable)?);
    }
    files.retain(|file| now.since_ms(file.modified_at) >= REST_MS);
    files.sort_by(|one, other| (one.modified_at, &one.name).cmp(&(other.modified_at, &other.name)));
    Ok(files)
}

fn file_of(root: &Path, entry: &DirEntry) -> io::Result<Option<FolderFile>> {
    let Ok(name) = entry.file_name().into_string() else {
        return Ok(None);
    };
    let ending = name
        .rsplit_once('.')
        .map(|(_, ending)| ending.to_ascii_lowercase());
    let is_table = ending.is_some_and(|ending| ENDINGS.contains(&ending.as_str()));
    if name.starts_with('.') || !is_table {
        return Ok(None);
    }
    let path = match entry.path().canonicalize() {
        Ok(path) if path.starts_with(root) => path,
        // Out of the folder, or gone meanwhile, or a link to itself.
        Ok(_) | Err(_) => return Ok(None),
    };
    let Ok(about) = fs::metadata(&path) else {
        return Ok(None);
    };
    let age = about.modified()?.duration_since(UNIX_EPOCH);
    let modified_ms = age.map_or(0, |age| i64::try_from(age.as_millis()).unwrap_or(i64::MAX));
    Ok(about.is_file().then_some(FolderFile {
        path,
        name,
        size_bytes: i64::try_from(about.len()).unwrap_or(i64::MAX),
        modified_at: UnixMillis(modified_ms),
    }))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    const LATER: UnixMillis = UnixMillis(i64::MAX / 2);

    fn names(root: &Path, folder: &str, now: UnixMillis) -> Result<Vec<String>, &'static str> {
        let found = files_in(root, folder, now).map_err(|failure| failure.code)?;
        Ok(found.into_iter().map(|file| file.name).collect())
    }

    #[test]
    fn tables_of_a_folder_are_found_and_nothing_that_lies_elsewhere() {
        let outside = tempfile::tempdir().unwrap();
        fs::write(outside.path().join("secret.csv"), "a").unwrap();
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join("costs");
        fs::create_dir_all(folder.join("deeper.csv")).unwrap();
        for name in ["a.csv", "b.XLSX", "notes.md", ".hidden.csv", "no ending"] {
            fs::write(folder.join(name), "a").unwrap();
        }
        symlink(outside.path().join("secret.csv"), folder.join("link.csv")).unwrap();
        symlink(outside.path(), root.path().join("door")).unwrap();
        symlink(folder.join("gone.csv"), folder.join("broken.csv")).unwrap();
        symlink(folder.join("self.csv"), folder.join("self.csv")).unwrap();
        let mut found = names(root.path(), "costs", LATER).unwrap();
        found.sort();
        assert_eq!(found, ["a.csv", "b.XLSX"]);
        for wrong in ["door", "nowhere", "../"] {
            let refused = names(root.path(), wrong, LATER);
            assert_eq!(refused, Err("folder_unreadable"), "{wrong}");
        }
    }

    #[test]
    fn a_file_that_may_still_be_written_waits() {
        let root = tempfile::tempdir().unwrap();
        fs::write(root.path().join("a.csv"), "a").unwrap();
        let [file] = &files_in(root.path(), "", LATER).unwrap()[..] else {
            panic!("one file");
        };
        let at = file.modified_at;
        assert_eq!(
            names(root.path(), "", at.plus_ms(REST_MS)).unwrap(),
            ["a.csv"]
        );
        let soon = names(root.path(), "", at.plus_ms(REST_MS - 1)).unwrap();
        assert_eq!(soon, Vec::<String>::new());
    }
}
