//! A bucket of Amazon S3, or of a server that speaks like it, as a place.

use std::sync::Arc;
use std::thread;
use std::time::Duration;

use jiff::Timestamp;
use rusty_s3::actions::ListObjectsV2;
use rusty_s3::{Bucket, Credentials, S3Action, UrlStyle};
use ureq::{Agent, Error as HttpError};
use url::Url;

use crate::place::{Machine, Object, Place, PlaceError};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// A request with its body; an object is a few megabytes.
const TIMEOUT: Duration = Duration::from_secs(180);
/// How long a signed address is good for.
const SIGNED_FOR: Duration = Duration::from_secs(600);
/// Pauses before a request is tried again that the server was too busy for.
const PAUSES: [Duration; 3] = [
    Duration::from_millis(200),
    Duration::from_millis(800),
    Duration::from_secs(3),
];
const LIST_BYTES_MAX: u64 = 16 << 20;
/// Letters of a server's answer that an error shows.
const REASON_CHARS_MAX: usize = 200;
const MISSING: u16 = 404;

/// A bucket and the part of it that is ours.
pub struct S3 {
    bucket: Bucket,
    credentials: Credentials,
    /// With a slash at the end, or empty.
    prefix: String,
    agent: Agent,
    machine: Arc<dyn Machine>,
}

/// Where the bucket is and who asks.
#[derive(Debug)]
pub struct S3Options<'a> {
    /// Address of the server; empty for Amazon's.
    pub endpoint: &'a str,
    pub region: &'a str,
    pub bucket: &'a str,
    pub prefix: &'a str,
    pub access_key: &'a str,
    pub secret_key: &'a str,
}

impl S3 {
    /// # Errors
    /// When the address is none.
    pub fn new(options: &S3Options<'_>, machine: Arc<dyn Machine>) -> Result<Self, PlaceError> {
        let amazon = format!("https://s3.{}.amazonaws.com", options.region);
        let (endpoint, style) = match options.endpoint {
            "" => (amazon.as_str(), UrlStyle::VirtualHost),
            given => (given, UrlStyle::Path),
        };
        let refused = |why: String| PlaceError::Away {
            place: format!("s3://{}", options.bucket),
            why,
        };
        let endpoint = Url::parse(endpoint).map_err(|error| refused(error.to_string()))?;
        let (name, region) = (options.bucket.to_owned(), options.region.to_owned());
        let bucket = Bucket::new(endpoint, style, name, region);
        let config = Agent::config_builder()
            .timeout_connect(Some(CONNECT_TIMEOUT))
            .timeout_global(Some(TIMEOUT))
            .http_status_as_error(false)
            // An answer that leads elsewhere would take signed requests there.
            .max_redirects(0)
            .user_agent("Throughline")
            .build();
        let prefix = options.prefix.trim_matches('/');
        Ok(Self {
            bucket: bucket.map_err(|error| refused(error.to_string()))?,
            credentials: Credentials::new(options.access_key, options.secret_key),
            prefix: match prefix {
                "" => String::new(),
                prefix => format!("{prefix}/"),
            },
            agent: Agent::new_with_config(config),
            machine,
        })
    }

    fn object(&self, name: &str) -> String {
        format!("{}{name}", self.prefix)
    }

    fn sign<'a>(&self, action: &impl S3Action<'a>) -> String {
        let now = Timestamp::from_millisecond(self.machine.now_ms()).unwrap_or_default();
        action.sign_with_time(SIGNED_FOR, &now).into()
    }

    /// Asks, again when the server is too busy or the line breaks.
    fn ask(
        &self,
        what: &'static str,
        bytes_max: u64,
        request: impl Fn() -> Result<ureq::http::Response<ureq::Body>, HttpError>,
    ) -> Result<(u16, Vec<u8>), PlaceError> {
        let mut pauses = PAUSES.into_iter();
        loop {
            let answered = request().and_then(|mut answer| {
                let status = answer.status().as_u16();
                let body = answer.body_mut().with_config().limit(bytes_max);
                Ok((status, body.read_to_vec()?))
            });
            match answered {
                Ok((status, _)) if (500..600).contains(&status) || status == 429 => {
                    let Some(pause) = pauses.next() else {
                        return Err(self.refused(what, format!("it answers {status}")));
                    };
                    thread::sleep(pause);
                }
                Ok(answered) => return Ok(answered),
                Err(error @ HttpError::BodyExceedsLimit(_)) => {
                    return Err(self.refused(what, words(&error)));
                }
                Err(error) => {
                    let Some(pause) = pauses.next() else {
                        return Err(PlaceError::Away {
                            place: self.shown(),
                            why: words(&error),
                        });
                    };
                    thread::sleep(pause);
                }
            }
        }
    }

    fn refused(&self, what: &'static str, why: String) -> PlaceError {
        PlaceError::Refused {
            place: self.shown(),
            what,
            why,
        }
    }

    /// What a server that refuses says of it.
    fn reason(&self, what: &'static str, status: u16, body: &[u8]) -> PlaceError {
        let text = String::from_utf8_lossy(body);
        let told = |tag: &str| {
            let (_, rest) = text.split_once(&format!("<{tag}>"))?;
            let (inside, _) = rest.split_once('<')?;
            let shown = inside.chars().filter(|letter| !letter.is_control());
            Some(shown.take(REASON_CHARS_MAX).collect::<String>())
        };
        let code = told("Code").unwrap_or_default();
        let message = told("Message").unwrap_or_default();
        self.refused(what, format!("{status} {code} {message}").trim().to_owned())
    }
}

impl Place for S3 {
    fn put(&self, name: &str, bytes: &[u8]) -> Result<(), PlaceError> {
        let object = self.object(name);
        let (status, body) = self.ask("take an object", LIST_BYTES_MAX, || {
            let action = self.bucket.put_object(Some(&self.credentials), &object);
            self.agent.put(self.sign(&action)).send(bytes)
        })?;
        match status {
            200..300 => Ok(()),
            _ => Err(self.reason("take an object", status, &body)),
        }
    }

    fn get(&self, name: &str, bytes_max: u64) -> Result<Option<Vec<u8>>, PlaceError> {
        let object = self.object(name);
        let (status, body) = self.ask("give an object", bytes_max, || {
            let action = self.bucket.get_object(Some(&self.credentials), &object);
            self.agent.get(self.sign(&action)).call()
        })?;
        match status {
            200..300 => Ok(Some(body)),
            // That the bucket is not there is told from an object that is not.
            MISSING if !String::from_utf8_lossy(&body).contains("NoSuchBucket") => Ok(None),
            _ => Err(self.reason("give an object", status, &body)),
        }
    }

    fn list(&self, prefix: &str) -> Result<Vec<Object>, PlaceError> {
        let mut found = Vec::new();
        let mut token: Option<String> = None;
        loop {
            let (status, body) = self.ask("list objects", LIST_BYTES_MAX, || {
                let mut action = self.bucket.list_objects_v2(Some(&self.credentials));
                action.with_prefix(self.object(prefix));
                if let Some(token) = &token {
                    action.with_continuation_token(token.clone());
                }
                self.agent.get(self.sign(&action)).call()
            })?;
            if !(200..300).contains(&status) {
                return Err(self.reason("list objects", status, &body));
            }
            let page = ListObjectsV2::parse_response(&String::from_utf8_lossy(&body))
                .map_err(|error| self.refused("list objects", error.to_string()))?;
            for content in page.contents {
                let Some(name) = content.key.strip_prefix(&self.prefix) else {
                    continue;
                };
                let put = content.last_modified.as_deref().unwrap_or_default();
                // Of what has no time nobody knows that it is old.
                let put_ms = put
                    .parse::<Timestamp>()
                    .map_or(i64::MAX, Timestamp::as_millisecond);
                found.push(Object {
                    name: name.to_owned(),
                    bytes: content.size.unwrap_or_default(),
                    put_ms,
                });
            }
            token = page.next_continuation_token;
            if token.is_none() {
                return Ok(found);
            }
        }
    }

    fn remove(&self, name: &str) -> Result<(), PlaceError> {
        let object = self.object(name);
        let (status, body) = self.ask("remove an object", LIST_BYTES_MAX, || {
            let action = self.bucket.delete_object(Some(&self.credentials), &object);
            self.agent.delete(self.sign(&action)).call()
        })?;
        match status {
            200..300 | MISSING => Ok(()),
            _ => Err(self.reason("remove an object", status, &body)),
        }
    }

    fn shown(&self) -> String {
        let prefix = self.prefix.trim_end_matches('/');
        let slash = if prefix.is_empty() { "" } else { "/" };
        format!("s3://{}{slash}{prefix}", self.bucket.name())
    }
}

/// A failure without the signed address that some of them carry.
fn words(error: &HttpError) -> String {
    match error {
        HttpError::BadUri(_) => "the address cannot be used".to_owned(),
        HttpError::Timeout(_) => "there was no answer in time".to_owned(),
        HttpError::HostNotFound => "the name has no address".to_owned(),
        other => other.to_string(),
    }
}
