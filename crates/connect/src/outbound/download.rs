//! A file behind an address that somebody typed in: larger than an answer, and often handed on from
//! one address to another, each of which is judged anew.

use std::io::Read as _;
use std::time::Duration;

use ureq::http::header::LOCATION;
use url::Host;

use super::{Address, AddressError, Outbound, OutboundError, failed};

/// From the first word to the last byte of one address.
const DOWNLOAD_TIMEOUT: Duration = Duration::from_secs(5 * 60);
/// Until it begins to answer, so that sending on from one to the next cannot go on for long.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(60);
/// Addresses that send on to another one.
const HOPS_MAX: usize = 5;
const PIECE_BYTES: usize = 64 << 10;

/// What is asked for.
#[derive(Debug, Clone, Copy)]
pub struct Wanted<'a> {
    pub url: &'a Address,
    /// Sent to the server of the address and to no other.
    pub header: Option<(&'a str, &'a str)>,
}

/// Why no file came.
#[derive(Debug, thiserror::Error)]
pub enum DownloadError {
    #[error(transparent)]
    Outbound(#[from] OutboundError),
    #[error("it is not https://, so anybody on the way could read and change the file")]
    Plain,
    #[error("the server answered with status {0}")]
    Status(u16),
    #[error("each address sends on to another one")]
    Redirects,
    #[error("nobody takes the file any more")]
    Left,
}

impl From<AddressError> for DownloadError {
    fn from(error: AddressError) -> Self {
        Self::Outbound(error.into())
    }
}

impl Outbound {
    /// Whether a file may be asked for there: by https, or at a number in a network that the
    /// configuration opens.
    ///
    /// # Errors
    /// When anybody on the way could change the file.
    pub fn check_safe(&self, url: &Address) -> Result<(), DownloadError> {
        let number = match url.0.host() {
            Some(Host::Ipv4(number)) => Some(number.into()),
            Some(Host::Ipv6(number)) => Some(number.into()),
            Some(Host::Domain(_)) | None => None,
        };
        let is_open = |number| self.guard.allowed.iter().any(|net| net.contains(number));
        match url.0.scheme() == "https" || number.is_some_and(is_open) {
            true => Ok(()),
            false => Err(DownloadError::Plain),
        }
    }

    /// Hands the file over piece by piece, as long as `piece` says that it is taken; blocks its
    /// thread.
    ///
    /// # Errors
    /// When there is no file, or an address leads where nothing may be asked.
    pub fn download(
        &self,
        wanted: Wanted<'_>,
        mut piece: impl FnMut(&[u8]) -> bool,
    ) -> Result<(), DownloadError> {
        let origin = wanted.url.0.origin();
        let mut url = wanted.url.clone();
        for _ in 0..=HOPS_MAX {
            self.check_safe(&url)?;
            let mut request = self.agent.get(url.as_str());
            if let Some((name, value)) = wanted.header.filter(|_| url.0.origin() == origin) {
                request = request.header(name, value);
            }
            let request = request.config().timeout_global(Some(DOWNLOAD_TIMEOUT));
            let request = request.timeout_recv_response(Some(ANSWER_TIMEOUT));
            let response = request.build().call().map_err(failed)?;
            let status = response.status();
            if status.is_redirection() {
                let to = response.headers().get(LOCATION);
                let to = to.and_then(|to| to.to_str().ok());
                url = self.next(&url, to.ok_or(DownloadError::Status(status.as_u16()))?)?;
                continue;
            }
            if status.as_u16() != 200 {
                return Err(DownloadError::Status(status.as_u16()));
            }
            let mut body = response.into_body().into_reader();
            let mut bytes = vec![0; PIECE_BYTES];
            loop {
                let count = body
                    .read(&mut bytes)
                    .map_err(|error| failed(error.into()))?;
                if count == 0 {
                    return Ok(());
                }
                if !piece(&bytes[..count]) {
                    return Err(DownloadError::Left);
                }
            }
        }
        Err(DownloadError::Redirects)
    }

    /// Where an answer sends on to, as if somebody had typed it in.
    fn next(&self, from: &Address, to: &str) -> Result<Address, AddressError> {
        let joined = from.0.join(to);
        let mut joined = joined.map_err(|_| AddressError::Unreadable)?;
        joined.set_fragment(None);
        self.address(joined.as_str())
    }
}
