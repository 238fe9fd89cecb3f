//! Who holds a data folder, told to whoever finds it held.

use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;

/// What opens a data folder. The journal's lock file says it while the lock is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Holder {
    Server(SocketAddr),
    Command,
}

/// A data folder that another process works on.
#[derive(Debug)]
pub(crate) struct Held {
    folder: PathBuf,
    /// `None`: a process that does not say what it is.
    by: Option<(Holder, u32)>,
}

impl Holder {
    pub(crate) fn to_text(self, process: u32) -> String {
        match self {
            Self::Server(address) => format!("server {process} {address}"),
            Self::Command => format!("command {process}"),
        }
    }

    fn read(text: &str) -> Option<(Self, u32)> {
        let mut words = text.split(' ');
        let (kind, process) = (words.next()?, words.next()?.parse().ok()?);
        let holder = match kind {
            "server" => Self::Server(words.next()?.parse().ok()?),
            "command" => Self::Command,
            _ => return None,
        };
        Some((holder, process))
    }
}

impl Held {
    pub(crate) fn new(folder: PathBuf, text: &str) -> Self {
        let by = Holder::read(text);
        Self { folder, by }
    }
}

impl fmt::Display for Held {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let folder = self.folder.display();
        match self.by {
            Some((Holder::Server(address), process)) => write!(
                out,
                "the data folder {folder} is in use by the server on {address} (its setting \
                 server.listen; process {process}): stop it first with SIGTERM or Ctrl+C, or do \
                 this in its interface or API; --data names another folder"
            ),
            Some((Holder::Command, process)) => write!(
                out,
                "the data folder {folder} is in use by another throughline command (process \
                 {process}): try again when it has ended; --data names another folder"
            ),
            None => write!(
                out,
                "the data folder {folder} is in use by another process: try again when it has \
                 ended; --data names another folder"
            ),
        }
    }
}

impl std::error::Error for Held {}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str) -> String {
        Held::new(PathBuf::from("data"), text).to_string()
    }

    #[test]
    fn the_holder_is_named_as_it_named_itself() {
        let address: SocketAddr = "127.0.0.1:8080".parse().unwrap();
        let server = told(&Holder::Server(address).to_text(7));
        assert!(server.contains("the data folder data is in use by the server on 127.0.0.1:8080"));
        assert!(server.contains("server.listen; process 7"), "{server}");
        let command = told(&Holder::Command.to_text(8));
        assert!(command.contains("another throughline command (process 8)"));
        for torn in [
            "",
            "server",
            "server 7",
            "server x y",
            "command ",
            "robot 7",
        ] {
            assert!(
                told(torn).contains("by another process: try again"),
                "{torn}"
            );
        }
    }
}
