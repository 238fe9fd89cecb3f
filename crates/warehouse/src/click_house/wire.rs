//! Requests to a server and what comes back.

use std::time::Duration;

use ureq::Agent;
use ureq::http::Response;
use ureq::{Body, Error as HttpError};

use super::address::Address;

/// One statement on its way.
pub(super) struct Request {
    /// Of the address: settings and parameters, by name.
    pub(super) pairs: Vec<(String, String)>,
    pub(super) content_type: String,
    pub(super) body: Vec<u8>,
    pub(super) timeout: Duration,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    #[error("the server refused the statement: {message}")]
    Refused { code: u32, message: String },
    #[error("the server did not answer in time")]
    TimedOut,
    #[error("the server is away: {0}")]
    Away(String),
}

/// Carries requests.
pub(super) struct Http {
    agent: Agent,
    server: String,
    user: String,
    password: String,
}

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// A server closes what is idle for longer; a request on such a connection would be lost.
const IDLE_CONNECTION: Duration = Duration::from_secs(3);
/// The largest answer that is read; questions have a limit of rows below it.
const ANSWER_BYTES_MAX: u64 = 4 << 30;
const REFUSAL_BYTES_MAX: u64 = 64 << 10;
/// What a server answers that could not reach another one: the connection broke or could not be
/// made (32, 198, 209, 210, 279), nobody keeps replicas in step (242, 285, 286, 289, 319, 999).
const OTHERS_AWAY: [u32; 11] = [32, 198, 209, 210, 242, 279, 285, 286, 289, 319, 999];

impl Http {
    pub(super) fn new(server: &str, address: &Address) -> Self {
        let config = Agent::config_builder()
            .timeout_connect(Some(CONNECT_TIMEOUT))
            .max_idle_age(IDLE_CONNECTION)
            .http_status_as_error(false)
            .proxy(None)
            .build();
        Self {
            agent: Agent::new_with_config(config),
            server: server.to_owned(),
            user: address.user.clone(),
            password: address.password.clone(),
        }
    }

    pub(super) fn send(&self, request: &Request) -> Result<Vec<u8>, Failure> {
        let pairs = request.pairs.iter();
        let mut response = self
            .agent
            .post(&self.server)
            .query_pairs(pairs.map(|(name, value)| (name.as_str(), value.as_str())))
            .header("X-ClickHouse-User", &self.user)
            .header("X-ClickHouse-Key", &self.password)
            .content_type(&request.content_type)
            .config()
            .timeout_global(Some(request.timeout))
            .build()
            .send(&request.body[..])
            .map_err(failed)?;
        if response.status().as_u16() != 200 {
            return Err(refused(&mut response));
        }
        let body = response.body_mut().with_config().limit(ANSWER_BYTES_MAX);
        body.read_to_vec().map_err(failed)
    }
}

fn refused(response: &mut Response<Body>) -> Failure {
    let code = response
        .headers()
        .get("X-ClickHouse-Exception-Code")
        .and_then(|code| code.to_str().ok()?.parse().ok());
    let body = response.body_mut().with_config().limit(REFUSAL_BYTES_MAX);
    let message = match body.read_to_vec() {
        Ok(bytes) => String::from_utf8_lossy(&bytes).trim().to_owned(),
        Err(error) => return failed(error),
    };
    match code {
        // A server of the cluster that it needed, or its Keeper, is away.
        Some(code) if OTHERS_AWAY.contains(&code) => Failure::Away(message),
        Some(code) => Failure::Refused { code, message },
        None => Failure::Away(format!("{} {message}", response.status())),
    }
}

fn failed(error: HttpError) -> Failure {
    match error {
        HttpError::Timeout(ureq::Timeout::Connect | ureq::Timeout::Resolve) => {
            Failure::Away("it takes no connection".to_owned())
        }
        HttpError::Timeout(_) => Failure::TimedOut,
        other => Failure::Away(other.to_string()),
    }
}
