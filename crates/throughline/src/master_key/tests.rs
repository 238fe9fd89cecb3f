//! Where keys come from, and which are refused.

use store::Store;
use tempfile::TempDir;

use super::*;
use crate::config;

/// A data folder with a store that has no key yet, and the configuration with a setting.
struct Folder {
    dir: TempDir,
    store: Store,
}

impl Folder {
    async fn new() -> Self {
        let dir = TempDir::new().unwrap();
        let store = Store::open_template(dir.path()).await.unwrap();
        Self { dir, store }
    }

    fn layout(&self) -> Layout {
        Layout::new(self.dir.path())
    }

    fn key_file(&self) -> PathBuf {
        self.layout().secrets_key()
    }

    async fn open_with(&self, setting: &str, value: &str) -> Result<KeyId, String> {
        let name = format!("THROUGHLINE__SECRETS__{}", setting.to_uppercase());
        let pair = (name, value.to_owned());
        let (config, _) = config::load(None, [pair].into_iter()).unwrap();
        let opened = open(&config, &self.layout(), &self.store).await;
        opened
            .map(|keyring| keyring.id().clone())
            .map_err(|error| format!("{error:#}"))
    }

    async fn open(&self) -> Result<KeyId, String> {
        self.open_with("key_file", "").await
    }
}

#[tokio::test]
async fn the_first_start_makes_a_key_that_only_its_owner_reads() {
    let folder = Folder::new().await;
    let made = folder.open().await.unwrap();
    let mode = fs::metadata(folder.key_file())
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
    assert!(!is_open_to_others(&folder.key_file()));
    assert_eq!(folder.open().await.unwrap(), made);
}

#[tokio::test]
async fn a_key_that_is_gone_is_not_made_anew() {
    let folder = Folder::new().await;
    let made = folder.open().await.unwrap();
    fs::remove_file(folder.key_file()).unwrap();
    let refused = folder.open().await.unwrap_err();
    assert!(refused.contains("is not there"), "{refused}");
    assert!(refused.contains(&made.to_string()), "{refused}");
    assert!(!folder.key_file().try_exists().unwrap());
}

#[tokio::test]
async fn another_key_is_refused_without_being_shown() {
    let folder = Folder::new().await;
    let held = folder.open().await.unwrap();
    let other = "5e".repeat(32);
    fs::write(folder.key_file(), &other).unwrap();
    let refused = folder.open().await.unwrap_err();
    assert!(refused.contains(&held.to_string()), "{refused}");
    assert!(!refused.contains("5e5e"), "{refused}");
    fs::write(folder.key_file(), "5e5e").unwrap();
    let refused = folder.open().await.unwrap_err();
    assert!(refused.contains("64 hexadecimal digits"), "{refused}");
    let refused = folder.open_with("key", &other).await.unwrap_err();
    assert!(refused.contains("the setting secrets.key"), "{refused}");
}

#[tokio::test]
async fn a_named_file_is_never_made() {
    let folder = Folder::new().await;
    let named = folder.dir.path().join("elsewhere.key");
    let name = named.to_str().unwrap();
    let refused = folder.open_with("key_file", name).await.unwrap_err();
    assert!(refused.contains("openssl rand -hex 32"), "{refused}");
    assert!(!named.try_exists().unwrap());
    fs::write(&named, "5e".repeat(32)).unwrap();
    assert!(folder.open_with("key_file", name).await.is_ok());
    assert!(!folder.key_file().try_exists().unwrap());
}

#[tokio::test]
async fn a_command_prints_the_key_or_is_refused() {
    let folder = Folder::new().await;
    let printed = format!("echo {}", "5e".repeat(32));
    let by_command = folder.open_with("key_command", &printed).await.unwrap();
    let by_setting = folder.open_with("key", &"5e".repeat(32)).await.unwrap();
    assert_eq!(by_command, by_setting);
    let refused = folder.open_with("key_command", "exit 3").await.unwrap_err();
    assert!(refused.contains("exit status: 3"), "{refused}");
    let refused = folder
        .open_with("key_command", "echo 5e5e")
        .await
        .unwrap_err();
    assert!(refused.contains("printed something else"), "{refused}");
    assert!(!refused.contains("5e5e"), "{refused}");
}

#[tokio::test]
async fn a_rotation_that_broke_off_is_brought_to_its_end_or_is_nothing() {
    let folder = Folder::new().await;
    let earlier = folder.open().await.unwrap();
    let next = MasterKey::random(&Machine);
    // Before the store changed over: the earlier key holds.
    put_next(&folder.key_file(), &next).unwrap();
    assert_eq!(folder.open().await.unwrap(), earlier);
    // Behind it: the next key is taken, whether the earlier one stood aside already or not.
    let mut tx = folder.store.begin().await.unwrap();
    store::meta::delete_meta(&mut tx, "secrets_key")
        .await
        .unwrap();
    tx.commit().await.unwrap();
    Keyring::open(&folder.store, next.clone()).await.unwrap();
    assert_eq!(folder.open().await.unwrap(), next.id());
    assert!(!beside(&folder.key_file(), "next").try_exists().unwrap());
    let kept = beside(&folder.key_file(), &format!("old-{earlier}"));
    assert_eq!(read_file(&kept).unwrap().unwrap().id(), earlier);
    fs::rename(folder.key_file(), beside(&folder.key_file(), "next")).unwrap();
    assert_eq!(folder.open().await.unwrap(), next.id());
}
