//! A quick store for tests: migrated once a process, then copied.

use std::path::Path;

use tokio::sync::OnceCell;

use crate::connection::{Durability, Store};
use crate::error::StoreError;

/// The bytes of an empty, migrated file.
static TEMPLATE: OnceCell<Vec<u8>> = OnceCell::const_new();

impl Store {
    /// An empty store `store.sqlite` in `dir`, for tests: its commits do not wait for the disk.
    ///
    /// # Errors
    /// When the folder cannot be written.
    pub async fn open_template(dir: &Path) -> Result<Self, StoreError> {
        let bytes = TEMPLATE.get_or_try_init(|| template(dir)).await?;
        let path = dir.join("store.sqlite");
        let file_error = |source| StoreError::File {
            path: path.clone(),
            source,
        };
        std::fs::write(&path, bytes).map_err(file_error)?;
        Self::connect(&path, Durability::None).await
    }
}

async fn template(dir: &Path) -> Result<Vec<u8>, StoreError> {
    let path = dir.join("template.sqlite");
    let store = Store::open_with(&path, Durability::None).await?;
    // The last connection that closes moves the write-ahead log into the file.
    store.close().await;
    std::fs::read(&path).map_err(|source| StoreError::File { path, source })
}
