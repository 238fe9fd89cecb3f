//! Where a server is, and as whom to speak to it.

use url::Url;

use crate::error::{Error, Result};

/// A database of a server. Holds a password, so nothing shows it but for its host and name.
#[derive(Clone)]
pub(super) struct Address {
    /// Without user, password and database.
    pub(super) server: String,
    pub(super) user: String,
    pub(super) password: String,
    pub(super) database: String,
}

impl Address {
    /// Reads `http(s)://user:password@host:port/database`.
    pub(super) fn parse(text: &str) -> Result<Self> {
        let wrong = |detail: &'static str| Error::Address { detail };
        let url = Url::parse(text).map_err(|_| wrong("it is no address"))?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(wrong("it must begin with http:// or https://"));
        }
        let host = url.host_str().ok_or_else(|| wrong("it names no host"))?;
        let database = url.path().trim_matches('/');
        if database.is_empty() || !database.chars().all(is_of_a_name) {
            return Err(wrong(
                "it must end with the name of a database, of letters, digits and underscores",
            ));
        }
        let port = url.port().map_or(String::new(), |port| format!(":{port}"));
        let user = decoded(url.username());
        Ok(Self {
            server: format!("{}://{host}{port}/", url.scheme()),
            user: if user.is_empty() {
                "default".to_owned()
            } else {
                user
            },
            password: decoded(url.password().unwrap_or_default()),
            database: database.to_owned(),
        })
    }
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
        assert_eq!(address.server, "https://db.example:8443/");
        assert_eq!((&*address.user, &*address.password), ("a@b", "p/w+x"));
        assert_eq!(address.database, "facts");
        let plain = Address::parse("http://127.0.0.1:8123/facts/").unwrap();
        assert_eq!((&*plain.user, &*plain.password), ("default", ""));
    }

    #[test]
    fn a_wrong_address_says_what_is_wrong_and_not_the_password() {
        for text in ["ftp://u:secret@host/x", "http://u:secret@host/", "nothing"] {
            let error = Address::parse(text).err().unwrap().to_string();
            assert!(!error.contains("secret"), "{error}");
        }
    }
}
