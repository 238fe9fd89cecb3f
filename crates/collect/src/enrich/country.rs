//! Country of an address, from the embedded table or an operator's file.

use std::borrow::Cow;
use std::net::IpAddr;
use std::path::{Path, PathBuf};

use base::Country;
use maxminddb::{MaxMindDbError, PathElement, Reader};

const EMBEDDED: &[u8] = include_bytes!(concat!(
    env!("THROUGHLINE_DEPS_DIR"),
    "/node_modules/@ip-location-db/geo-whois-asn-country-mmdb/geo-whois-asn-country.mmdb"
));

/// A country table that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum EnrichError {
    #[error("failed to read the country table {path}")]
    Read {
        path: PathBuf,
        #[source]
        source: std::io::Error,
    },
    #[error("the country table is no MMDB")]
    Format(#[from] MaxMindDbError),
}

/// Address → country.
#[derive(Debug)]
pub struct CountryTable(Reader<Cow<'static, [u8]>>);

impl CountryTable {
    /// # Errors
    /// When the embedded table is damaged.
    pub fn embedded() -> Result<Self, EnrichError> {
        Ok(Self(Reader::from_source(Cow::Borrowed(EMBEDDED))?))
    }

    /// # Errors
    /// When the file cannot be read or is no MMDB.
    pub fn open(path: &Path) -> Result<Self, EnrichError> {
        let wrong = |source| EnrichError::Read {
            path: path.to_owned(),
            source,
        };
        let bytes = std::fs::read(path).map_err(wrong)?;
        Ok(Self(Reader::from_source(Cow::Owned(bytes))?))
    }

    /// The country, in either of the two usual layouts.
    #[must_use]
    pub fn find(&self, address: IpAddr) -> Country {
        let Ok(found) = self.0.lookup(address.to_canonical()) else {
            return Country::UNKNOWN;
        };
        let at = |path: &[PathElement<'_>]| found.decode_path::<&str>(path).ok().flatten();
        at(&[PathElement::Key("country_code")])
            .or_else(|| at(&[PathElement::Key("country"), PathElement::Key("iso_code")]))
            .map_or(Country::UNKNOWN, Country::from_code)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_have_countries() {
        let table = CountryTable::embedded().unwrap();
        let code = |text: &str| table.find(text.parse().unwrap()).code().to_owned();
        assert_eq!(code("8.8.8.8"), "US");
        assert_eq!(code("77.88.8.8"), "RU");
        assert_eq!(code("::ffff:77.88.8.8"), "RU");
        assert_eq!(code("2a02:6b8::1"), "RU");
        assert_eq!(code("127.0.0.1"), "");
    }
}
