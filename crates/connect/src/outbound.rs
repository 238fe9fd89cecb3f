//! Requests to addresses that users type in: they reach the public internet and nothing else.
//!
//! A name is resolved here, every one of its addresses is judged, and the connection goes to an
//! address that was judged, so that a name cannot point elsewhere a moment later. Redirects are
//! answers, not orders; a proxy of the environment is not asked.

mod download;

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::time::Duration;

use base::Cidr;
use ureq::config::Config;
use ureq::http::{Response, Uri};
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::{DefaultConnector, NextTimeout};
use ureq::{Agent, Body as HttpBody, Error as HttpError};
use url::{Host, Url};

pub use download::{DownloadError, Wanted};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
const TIMEOUT: Duration = Duration::from_secs(20);
const ANSWER_BYTES_MAX: u64 = 64 << 10;
const ADDRESS_CHARS_MAX: usize = 2_000;
/// Where web servers listen; an allowed network may listen anywhere.
const PORTS: [u16; 4] = [80, 443, 8080, 8443];

/// Networks that no stranger's address may lead to, by the registries of special-purpose addresses
/// (RFC 6890 and its updates).
const CLOSED_V4: [(Ipv4Addr, u32); 16] = [
    (Ipv4Addr::UNSPECIFIED, 8),
    (Ipv4Addr::new(10, 0, 0, 0), 8),
    (Ipv4Addr::new(100, 64, 0, 0), 10),
    (Ipv4Addr::new(127, 0, 0, 0), 8),
    // The platform itself, as virtual machines of Azure see it.
    (Ipv4Addr::new(168, 63, 129, 16), 32),
    (Ipv4Addr::new(169, 254, 0, 0), 16),
    (Ipv4Addr::new(172, 16, 0, 0), 12),
    (Ipv4Addr::new(192, 0, 0, 0), 24),
    (Ipv4Addr::new(192, 0, 2, 0), 24),
    (Ipv4Addr::new(192, 88, 99, 0), 24),
    (Ipv4Addr::new(192, 168, 0, 0), 16),
    (Ipv4Addr::new(198, 18, 0, 0), 15),
    (Ipv4Addr::new(198, 51, 100, 0), 24),
    (Ipv4Addr::new(203, 0, 113, 0), 24),
    (Ipv4Addr::new(224, 0, 0, 0), 4),
    (Ipv4Addr::new(240, 0, 0, 0), 4),
];

/// Of the addresses of version 6 only global unicast is open, without what is set aside in it.
const GLOBAL_V6: (Ipv6Addr, u32) = (Ipv6Addr::new(0x2000, 0, 0, 0, 0, 0, 0, 0), 3);
const CLOSED_V6: [(Ipv6Addr, u32); 3] = [
    // 2001::/23 holds Teredo, ORCHID and other protocols' own addresses.
    (Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, 0, 0), 23),
    (Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0), 32),
    (Ipv6Addr::new(0x3fff, 0, 0, 0, 0, 0, 0, 0), 20),
];
/// Addresses of version 4 in the dress of version 6: what they hold is judged.
const SIX_TO_FOUR: (Ipv6Addr, u32) = (Ipv6Addr::new(0x2002, 0, 0, 0, 0, 0, 0, 0), 16);
const TRANSLATED: (Ipv6Addr, u32) = (Ipv6Addr::new(0x64, 0xff9b, 0, 0, 0, 0, 0, 0), 96);

/// The one way to send a request to an address that somebody typed in.
#[derive(Debug, Clone)]
pub struct Outbound {
    agent: Agent,
    guard: Guard,
}

/// What is sent.
#[derive(Debug, Clone, Copy)]
pub struct Post<'a> {
    pub url: &'a Address,
    pub headers: &'a [(&'a str, &'a str)],
    pub content_type: &'a str,
    pub body: &'a [u8],
}

/// What came back. The body is not kept: an answer of a stranger is shown to nobody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Answer {
    pub status: u16,
    /// Seconds that the other side asks to be left alone.
    pub retry_after_s: Option<u32>,
}

/// What came back from a server that the operator named: its answer is what was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    pub status: u16,
    pub body: Vec<u8>,
}

/// An address that may be asked, written as it is understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address(Url);

/// Why an address is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    #[error("it is no address such as https://crm.example/hooks")]
    Unreadable,
    #[error("it begins neither with https:// nor with http://")]
    Scheme,
    #[error("it holds a user name or password, which everybody who sees the address would see")]
    Credentials,
    #[error("it ends in a part behind #, which is never sent")]
    Fragment,
    #[error("it leads into a private network; outbound.allow in the configuration can open it")]
    Private,
    #[error("its port is none of 80, 443, 8080, 8443")]
    Port,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum OutboundError {
    #[error(transparent)]
    Address(#[from] AddressError),
    #[error("the name has no address")]
    UnknownHost,
    #[error("there was no answer in time")]
    TimedOut,
    #[error("the connection failed: {0}")]
    Failed(String),
}

/// Judges addresses before anything is sent to them.
#[derive(Debug, Clone)]
struct Guard {
    allowed: Vec<Cidr>,
}

impl Address {
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

impl Outbound {
    /// `allowed` networks may be reached although they are private.
    #[must_use]
    pub fn new(allowed: Vec<Cidr>) -> Self {
        let guard = Guard { allowed };
        let config = Agent::config_builder()
            .timeout_connect(Some(CONNECT_TIMEOUT))
            .timeout_global(Some(TIMEOUT))
            .http_status_as_error(false)
            .max_redirects(0)
            .max_idle_connections(0)
            .proxy(None)
            .user_agent("Throughline")
            .build();
        Self {
            agent: Agent::with_parts(config, DefaultConnector::default(), guard.clone()),
            guard,
        }
    }

    /// Reads an address as every request will. A name may still resolve to a closed network: that
    /// is found out when something is sent.
    ///
    /// # Errors
    /// Says what of the address is not allowed.
    pub fn address(&self, text: &str) -> Result<Address, AddressError> {
        if text.len() > ADDRESS_CHARS_MAX {
            return Err(AddressError::Unreadable);
        }
        let url = Url::parse(text.trim()).map_err(|_| AddressError::Unreadable)?;
        // What is kept is the address in full, where a letter may be as long as six.
        if url.as_str().len() > ADDRESS_CHARS_MAX {
            return Err(AddressError::Unreadable);
        }
        if !matches!(url.scheme(), "http" | "https") {
            return Err(AddressError::Scheme);
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(AddressError::Credentials);
        }
        if url.fragment().is_some() {
            return Err(AddressError::Fragment);
        }
        let port = url.port_or_known_default().unwrap_or_default();
        match url.host() {
            Some(Host::Ipv4(address)) => self.guard.judge(address.into(), port)?,
            Some(Host::Ipv6(address)) => self.guard.judge(address.into(), port)?,
            Some(Host::Domain(_)) if self.guard.allowed.is_empty() => open_port(port)?,
            // A name may lead into an allowed network, whose ports are all open.
            Some(Host::Domain(_)) => {}
            None => return Err(AddressError::Unreadable),
        }
        Ok(Address(url))
    }

    /// Asks for what is at an address; blocks its thread.
    ///
    /// # Errors
    /// When nothing was answered, or too much, or the name leads where nothing may be sent.
    pub fn get(&self, url: &Address, authorization: Option<&str>) -> Result<Reply, OutboundError> {
        let mut request = self.agent.get(url.as_str());
        request = request.header("accept", "application/json");
        if let Some(authorization) = authorization {
            request = request.header("authorization", authorization);
        }
        reply(request.call().map_err(failed)?)
    }

    /// Sends a request for its answer; blocks its thread.
    ///
    /// # Errors
    /// As [`Outbound::get`].
    pub fn ask(&self, post: Post<'_>) -> Result<Reply, OutboundError> {
        reply(self.send(post)?)
    }

    /// Sends a request and waits for the answer; blocks its thread.
    ///
    /// # Errors
    /// When nothing was answered, or the name leads where nothing may be sent.
    pub fn post(&self, post: Post<'_>) -> Result<Answer, OutboundError> {
        let mut response = self.send(post)?;
        let status = response.status().as_u16();
        let retry_after = response.headers().get("retry-after");
        let retry_after_s = retry_after.and_then(|value| value.to_str().ok()?.trim().parse().ok());
        // A connection is clean only when what was said on it was read; too long an answer ends it.
        let _ = response
            .body_mut()
            .with_config()
            .limit(ANSWER_BYTES_MAX)
            .read_to_vec();
        Ok(Answer {
            status,
            retry_after_s,
        })
    }

    fn send(&self, post: Post<'_>) -> Result<Response<HttpBody>, OutboundError> {
        let mut request = self
            .agent
            .post(post.url.as_str())
            .content_type(post.content_type);
        for (name, value) in post.headers {
            request = request.header(*name, *value);
        }
        request.send(post.body).map_err(failed)
    }
}

impl Guard {
    fn judge(&self, address: IpAddr, port: u16) -> Result<(), AddressError> {
        if self.allowed.iter().any(|net| net.contains(address)) {
            return Ok(());
        }
        if !is_public(address) {
            return Err(AddressError::Private);
        }
        open_port(port)
    }
}

impl Resolver for Guard {
    fn resolve(
        &self,
        uri: &Uri,
        config: &Config,
        timeout: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, HttpError> {
        let found = DefaultResolver::default().resolve(uri, config, timeout)?;
        for address in &found[..] {
            self.judge(address.ip(), address.port())
                .map_err(|error| HttpError::Other(Box::new(error)))?;
        }
        Ok(found)
    }
}

/// The whole of an answer, up to its limit.
fn reply(mut response: Response<HttpBody>) -> Result<Reply, OutboundError> {
    let body = response.body_mut().with_config().limit(ANSWER_BYTES_MAX);
    let body = body.read_to_vec().map_err(failed)?;
    Ok(Reply {
        status: response.status().as_u16(),
        body,
    })
}

fn open_port(port: u16) -> Result<(), AddressError> {
    match PORTS.contains(&port) {
        true => Ok(()),
        false => Err(AddressError::Port),
    }
}

/// Scheme, host and port of an address: what is behind them may be as good as a password.
#[must_use]
pub fn origin(text: &str) -> String {
    Url::parse(text).map_or_else(|_| String::new(), |url| url.origin().ascii_serialization())
}

/// Whether an address is one of the public internet.
fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(four) => is_public_v4(four),
        IpAddr::V6(six) => is_public_v6(six),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    !CLOSED_V4
        .iter()
        .any(|(network, bits)| (address.to_bits() ^ network.to_bits()) >> (32 - bits) == 0)
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    let bits = address.to_bits();
    let within =
        |(network, length): (Ipv6Addr, u32)| (bits ^ network.to_bits()) >> (128 - length) == 0;
    let low = u32::try_from(bits & u128::from(u32::MAX)).unwrap_or_default();
    if let Some(mapped) = address.to_ipv4_mapped() {
        return is_public_v4(mapped);
    }
    if within(TRANSLATED) {
        return is_public_v4(Ipv4Addr::from_bits(low));
    }
    if within(SIX_TO_FOUR) {
        let held = u32::try_from((bits >> 80) & u128::from(u32::MAX)).unwrap_or_default();
        return is_public_v4(Ipv4Addr::from_bits(held));
    }
    within(GLOBAL_V6) && !CLOSED_V6.into_iter().any(within)
}

fn failed(error: HttpError) -> OutboundError {
    match error {
        HttpError::Other(other) => match other.downcast::<AddressError>() {
            Ok(refused) => OutboundError::Address(*refused),
            Err(other) => OutboundError::Failed(other.to_string()),
        },
        HttpError::HostNotFound => OutboundError::UnknownHost,
        HttpError::Timeout(_) => OutboundError::TimedOut,
        other => OutboundError::Failed(other.to_string()),
    }
}

#[cfg(test)]
mod tests;
