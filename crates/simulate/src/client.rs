//! A small HTTP client: one server, patient with a busy one.

use std::time::Duration;

use bytes::Bytes;
use http::header::{self, HeaderMap, HeaderName, HeaderValue};
use http::{Method, StatusCode, Uri};
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::Client as Connections;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::error::SimulateError;

/// How often a busy server is asked again.
const ATTEMPTS_MAX: u32 = 40;
/// Longest wait that is granted to a busy server at once.
const WAIT_SECONDS_MAX: u64 = 10;
const ANSWER_SECONDS_MAX: u64 = 120;
const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// One server.
#[derive(Debug, Clone)]
pub(crate) struct Client {
    connections: Connections<HttpConnector, Full<Bytes>>,
    /// Scheme and authority, without a slash at the end.
    server: String,
    session: Option<HeaderValue>,
    key: Option<HeaderValue>,
}

/// In whose name a request is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Caller {
    Nobody,
    Owner,
    Key,
}

/// A request to be.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    method: Method,
    path: String,
    caller: Caller,
    headers: Vec<(HeaderName, String)>,
    body: Bytes,
}

/// What came back, whatever its status.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    body: Bytes,
    method: Method,
    path: String,
}

impl Call {
    pub(crate) fn get(caller: Caller, path: impl Into<String>) -> Self {
        let (method, path) = (Method::GET, path.into());
        Self {
            method,
            path,
            caller,
            headers: Vec::new(),
            body: Bytes::new(),
        }
    }

    pub(crate) fn send(
        method: Method,
        caller: Caller,
        path: impl Into<String>,
        content_type: &str,
        body: impl Into<Bytes>,
    ) -> Self {
        let call = Self {
            method,
            body: body.into(),
            ..Self::get(caller, path)
        };
        call.with(header::CONTENT_TYPE, content_type)
    }

    pub(crate) fn json(
        method: Method,
        caller: Caller,
        path: impl Into<String>,
        body: &Value,
    ) -> Self {
        Self::send(method, caller, path, "application/json", body.to_string())
    }

    pub(crate) fn with(mut self, name: HeaderName, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }
}

impl Client {
    /// # Errors
    /// When the text is no plain HTTP address.
    pub(crate) fn new(server: &str) -> Result<Self, SimulateError> {
        let wrong = || SimulateError::Address {
            address: server.to_owned(),
        };
        let server = server.trim_end_matches('/');
        let uri: Uri = server.parse().map_err(|_| wrong())?;
        let is_plain = uri.scheme_str() == Some("http") && matches!(uri.path(), "" | "/");
        if !is_plain || uri.authority().is_none() {
            return Err(wrong());
        }
        let connections = Connections::builder(TokioExecutor::new()).build_http();
        Ok(Self {
            connections,
            server: server.to_owned(),
            session: None,
            key: None,
        })
    }

    /// Takes over the cookies of a sign-in.
    pub(crate) fn sign_in(&mut self, answer: &Answer) -> Result<(), SimulateError> {
        let cookies = answer.cookies().ok_or(SimulateError::NoSession)?;
        let session = HeaderValue::from_str(&cookies).map_err(|_| SimulateError::NoSession)?;
        self.session = Some(session);
        Ok(())
    }

    pub(crate) fn use_key(&mut self, secret: &str) {
        self.key = HeaderValue::from_str(&format!("Bearer {secret}")).ok();
    }

    /// A JSON request that has to succeed.
    pub(crate) async fn ask<T: DeserializeOwned>(&self, call: Call) -> Result<T, SimulateError> {
        self.expect(call).await?.json()
    }

    /// A request that has to succeed.
    pub(crate) async fn expect(&self, call: Call) -> Result<Answer, SimulateError> {
        let answer = self.call(call).await?;
        if answer.status.is_success() {
            Ok(answer)
        } else {
            Err(answer.refusal())
        }
    }

    /// Any request; one that the server is too busy for is repeated.
    pub(crate) async fn call(&self, call: Call) -> Result<Answer, SimulateError> {
        let mut attempts = 1;
        loop {
            let answer = self.attempt(&call).await?;
            let busy = matches!(
                answer.status,
                StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE
            );
            if !busy || attempts == ATTEMPTS_MAX {
                return Ok(answer);
            }
            attempts += 1;
            tokio::time::sleep(answer.retry_after()).await;
        }
    }

    async fn attempt(&self, call: &Call) -> Result<Answer, SimulateError> {
        let (method, path) = (call.method.clone(), call.path.clone());
        let request = self
            .request(call)
            .map_err(|source| SimulateError::Request {
                method: method.clone(),
                path: path.clone(),
                source,
            })?;
        let answer = async {
            let failed = |source| SimulateError::Unreachable {
                method: method.clone(),
                path: path.clone(),
                source,
            };
            let response = self.connections.request(request).await.map_err(failed)?;
            let (parts, body) = response.into_parts();
            let broke_off = |source| SimulateError::BrokenOff {
                method: method.clone(),
                path: path.clone(),
                source,
            };
            let body = body.collect().await.map_err(broke_off)?.to_bytes();
            let (method, path) = (method.clone(), path.clone());
            Ok(Answer {
                status: parts.status,
                headers: parts.headers,
                body,
                method,
                path,
            })
        };
        let seconds = ANSWER_SECONDS_MAX;
        tokio::time::timeout(Duration::from_secs(seconds), answer)
            .await
            .unwrap_or_else(|_| {
                let (method, path) = (call.method.clone(), call.path.clone());
                Err(SimulateError::NoAnswer {
                    method,
                    path,
                    seconds,
                })
            })
    }

    fn request(&self, call: &Call) -> Result<http::Request<Full<Bytes>>, http::Error> {
        let uri = format!("{}{}", self.server, call.path);
        let mut request = http::Request::builder()
            .method(call.method.clone())
            .uri(uri);
        let (name, value) = match call.caller {
            Caller::Nobody => (header::COOKIE, None),
            Caller::Owner => (header::COOKIE, self.session.as_ref()),
            Caller::Key => (header::AUTHORIZATION, self.key.as_ref()),
        };
        if let Some(value) = value {
            request = request.header(name, value);
        }
        if call.caller != Caller::Key && call.method != Method::GET {
            // What a browser says on the server's own pages.
            request = request.header(SEC_FETCH_SITE, "same-origin");
        }
        for (name, value) in &call.headers {
            request = request.header(name, value);
        }
        request.body(Full::new(call.body.clone()))
    }
}

impl Answer {
    pub(crate) fn json<T: DeserializeOwned>(&self) -> Result<T, SimulateError> {
        serde_json::from_slice(&self.body).map_err(|source| SimulateError::Unreadable {
            path: self.path.clone(),
            source,
        })
    }

    /// The cookies that it sets, as a browser sends them back; nothing when it sets none.
    pub(crate) fn cookies(&self) -> Option<String> {
        let cookies = self.headers.get_all(header::SET_COOKIE).iter();
        let pairs: Vec<&str> = cookies
            .filter_map(|line| line.to_str().ok())
            .filter_map(|line| line.split(';').next())
            .collect();
        (!pairs.is_empty()).then(|| pairs.join("; "))
    }

    /// The answer as an error, in the server's own words.
    pub(crate) fn refusal(&self) -> SimulateError {
        let problem: Value = serde_json::from_slice(&self.body).unwrap_or_default();
        let text = |key: &str| problem[key].as_str().unwrap_or_default().to_owned();
        SimulateError::Refused {
            method: self.method.clone(),
            path: self.path.clone(),
            status: self.status,
            code: text("code"),
            detail: text("detail"),
        }
    }

    fn retry_after(&self) -> Duration {
        let asked = self
            .headers
            .get(header::RETRY_AFTER)
            .and_then(|value| value.to_str().ok());
        let seconds = asked.and_then(|text| text.parse().ok()).unwrap_or(1);
        Duration::from_secs(seconds.min(WAIT_SECONDS_MAX))
    }
}

/// A value as the bytes of a body.
pub(crate) fn push_json(body: &mut Vec<u8>, value: &impl Serialize) -> Result<(), SimulateError> {
    serde_json::to_writer(body, value).map_err(|source| SimulateError::Unreadable {
        path: String::new(),
        source,
    })
}
