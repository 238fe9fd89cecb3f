//! What takes room in a data folder, and what can be done about it.

use std::path::Path;

use crate::open::Layout;

/// Sizes in bytes.
#[derive(Debug, Default, PartialEq, Eq)]
struct Usage {
    packed: u64,
    unpacked: u64,
    warehouse: u64,
    store: u64,
    uploads: u64,
}

/// One sentence with the sizes, one with advice.
pub(super) fn told(layout: &Layout) -> String {
    let usage = Usage::of(layout);
    let mb = |bytes: u64| bytes >> 20;
    format!(
        "The journal takes {} MB ({} MB of it not packed yet), the warehouse {} MB, the store \
         {} MB, uploaded files {} MB. Loaded segments are packed by themselves and uploads go \
         after a week; give the disk more room, or move the oldest .log.zst files of the journal \
         to a safe place: only `throughline rebuild` reads them.",
        mb(usage.packed + usage.unpacked),
        mb(usage.unpacked),
        mb(usage.warehouse),
        mb(usage.store),
        mb(usage.uploads),
    )
}

impl Usage {
    fn of(layout: &Layout) -> Self {
        let journal = files(&layout.journal());
        let (packed, unpacked): (Vec<_>, Vec<_>) = journal
            .into_iter()
            .partition(|(name, _)| name.ends_with(".zst"));
        let root = files(&layout.root);
        let named = |prefix: &str| {
            let found = root.iter().filter(|(name, _)| name.starts_with(prefix));
            found.map(|(_, bytes)| bytes).sum()
        };
        let sum = |files: &[(String, u64)]| files.iter().map(|(_, bytes)| bytes).sum();
        Self {
            packed: sum(&packed),
            unpacked: sum(&unpacked),
            warehouse: named("warehouse.duckdb"),
            store: named("store.sqlite"),
            uploads: sum(&files(&layout.uploads())),
        }
    }
}

/// Names and sizes of the files right in a folder; none where it cannot be read.
fn files(folder: &Path) -> Vec<(String, u64)> {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return Vec::new();
    };
    entries
        .filter_map(|entry| {
            let entry = entry.ok()?;
            let metadata = entry.metadata().ok().filter(std::fs::Metadata::is_file)?;
            Some((
                entry.file_name().to_string_lossy().into_owned(),
                metadata.len(),
            ))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_counted_where_they_belong() {
        let folder = tempfile::tempdir().unwrap();
        let layout = Layout::new(folder.path());
        std::fs::create_dir_all(layout.journal()).unwrap();
        std::fs::create_dir_all(layout.uploads()).unwrap();
        let put = |path: &Path, mb: usize| std::fs::write(path, vec![0; mb << 20]).unwrap();
        put(&layout.journal().join("000000000000.log.zst"), 1);
        put(&layout.journal().join("000000000001.log"), 2);
        put(&layout.warehouse(), 3);
        put(&layout.root.join("warehouse.duckdb.wal"), 1);
        put(&layout.uploads().join("file"), 1);
        let text = told(&layout);
        assert!(
            text.starts_with(
                "The journal takes 3 MB (2 MB of it not packed yet), the warehouse 4 MB, the \
                 store 0 MB, uploaded files 1 MB."
            ),
            "{text}"
        );
    }
}
