//! Where a server is, and as whom to speak to it.

use url::Url;

use crate::error::{Error, Result};

/// A database of a server, or of all servers of a cluster. Holds a password, so nothing shows it
/// but for its hosts and name.
#[derive(Clone)]
pub(super) struct Address {
    /// Without user, password and database; at least one.
    pub(super) servers: Vec<String>,
    pub(super) user: String,
    pub(super) password: String,
    pub(super) database: String,
    /// What the servers call the cluster that they are.
    pub(super) cluster: Option<String>,
}

/// Of the database beside the one with a node's own rows: what all nodes hold together.
const WHOLE: &str = "_all";

impl Address {
    /// Reads `http(s)://user:password@host:port/database`, or with all hosts of a cluster
    /// `http(s)://user:password@host:port,host:port,…/database?cluster=name`.
    pub(super) fn parse(text: &str) -> Result<Self> {
        let wrong = |detail: &'static str| Error::Address { detail };
        let (scheme, rest) = text.split_once("://").ok_or(wrong("it is no address"))?;
        let (place, path) = rest.split_once('/').unwrap_or((rest, ""));
        let (who, hosts) = place.rsplit_once('@').unwrap_or(("", place));
        let who = if who.is_empty() {
            String::new()
        } else {
            format!("{who}@")
        };
        let urls = hosts.split(',').map(|host| {
            // A parser would take what comes next for the host.
            if host.is_empty() {
                return Err(wrong("it names no host"));
            }
            let url = Url::parse(&format!("{scheme}://{who}{host}/{path}"));
            url.map_err(|_| wrong("it is no address"))
        });
        let urls = urls.collect::<Result<Vec<Url>>>()?;
        let [first, others @ ..] = urls.as_slice() else {
            return Err(wrong("it names no host"));
        };
        if !matches!(first.scheme(), "http" | "https") {
            return Err(wrong("it must begin with http:// or https://"));
        }
        let database = first.path().trim_matches('/');
        if !is_a_name(database) {
            return Err(wrong(
                "it must end with the name of a database, of letters, digits and underscores",
            ));
        }
        let cluster = cluster_of(first)?;
        if cluster.is_none() && !others.is_empty() {
            return Err(wrong(
                "it names several hosts, so it must end with ?cluster= and the name of the cluster",
            ));
        }
        let user = decoded(first.username());
        Ok(Self {
            servers: urls.iter().map(server_of).collect::<Result<_>>()?,
            user: if user.is_empty() {
                "default".to_owned()
            } else {
                user
            },
            password: decoded(first.password().unwrap_or_default()),
            database: database.to_owned(),
            cluster,
        })
    }

    /// One server of them.
    pub(super) fn only(&self, server: &str) -> Self {
        Self {
            servers: vec![server.to_owned()],
            ..self.clone()
        }
    }

    /// Where questions find the facts of all nodes.
    pub(super) fn whole(&self) -> String {
        match self.cluster {
            Some(_) => format!("{}{WHOLE}", self.database),
            None => self.database.clone(),
        }
    }

    pub(super) fn in_database(&self, database: impl Into<String>) -> Self {
        Self {
            database: database.into(),
            ..self.clone()
        }
    }
}

fn server_of(url: &Url) -> Result<String> {
    let host = url.host_str().ok_or(Error::Address {
        detail: "it names no host",
    })?;
    let port = url.port().map_or(String::new(), |port| format!(":{port}"));
    Ok(format!("{}://{host}{port}/", url.scheme()))
}

fn cluster_of(url: &Url) -> Result<Option<String>> {
    let mut pairs = url.query_pairs();
    match (pairs.next(), pairs.next()) {
        (None, _) => Ok(None),
        (Some((key, name)), None) if key == "cluster" && is_a_name(&name) => {
            Ok(Some(name.into_owned()))
        }
        _ => Err(Error::Address {
            detail: "behind the question mark it may only have cluster= and a name, of letters, \
                     digits and underscores",
        }),
    }
}

fn is_a_name(text: &str) -> bool {
    !text.is_empty() && text.chars().all(is_of_a_name)
}

fn is_of_a_name(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || letter == '_'
}

/// What stands for itself behind the percent signs.
fn decoded(text: &str) -> String {
    let pair = format!("v={}", text.replace('+', "%2B"));
    let mut pairs = url::form_urlencoded::parse(pair.as_bytes());
    let value = pairs.next().map(|(_, value)| value.into_owned());
    value.unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_names_server_user_and_database() {
        let address = Address::parse("https://a%40b:p%2Fw+x@db.example:8443/facts").unwrap();
        assert_eq!(address.servers, ["https://db.example:8443/"]);
        assert_eq!((&*address.user, &*address.password), ("a@b", "p/w+x"));
        assert_eq!(address.database, "facts");
        let plain = Address::parse("http://127.0.0.1:8123/facts/").unwrap();
        assert_eq!((&*plain.user, &*plain.password), ("default", ""));
    }

    #[test]
    fn a_cluster_is_all_its_hosts_and_what_they_call_it() {
        let address = Address::parse("https://u:p@a:8443,b/facts?cluster=two_by_two").unwrap();
        assert_eq!(address.servers, ["https://a:8443/", "https://b/"]);
        assert_eq!((&*address.user, &*address.password), ("u", "p"));
        assert_eq!(address.cluster.as_deref(), Some("two_by_two"));
        assert_eq!(address.whole(), "facts_all");
        for (text, wrong) in [
            ("http://a,b/facts", "it names several hosts"),
            ("http://a/facts?cluster=a%27b", "behind the question mark"),
            ("http://a/facts?clutser=c", "behind the question mark"),
            ("http://a,/facts?cluster=c", "it names no host"),
        ] {
            let error = Address::parse(text).err().unwrap().to_string();
            assert!(error.contains(wrong), "{text}: {error}");
        }
    }

    #[test]
    fn a_wrong_address_says_what_is_wrong_and_not_the_password() {
        for text in ["ftp://u:secret@host/x", "http://u:secret@host/", "nothing"] {
            let error = Address::parse(text).err().unwrap().to_string();
            assert!(!error.contains("secret"), "{error}");
        }
    }
}
