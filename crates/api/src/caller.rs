//! Who calls: a session cookie or an API key, turned into an actor.

use app::{Actor, Origin, Visitor};
use axum::extract::{ConnectInfo, FromRequestParts};
use base::{WorkspaceId, network_of};
use collect::client_address;
use http::request::Parts;
use http::{HeaderMap, Method, StatusCode, header};

use crate::problem::Problem;
use crate::state::ApiState;

/// Name of the session cookie.
pub(crate) const SESSION_COOKIE: &str = "tl_session";
const WORKSPACE_HEADER: &str = "throughline-workspace";

/// A person's session or an API key, acting in one workspace.
pub(crate) struct Caller(pub Actor);

/// A person with a session, whatever the workspace.
pub(crate) struct Person(pub Visitor);

/// A person with a session, or nobody.
pub(crate) struct Visiting(pub Option<Visitor>);

/// Where the request comes from, for sign-ins.
pub(crate) struct CallerOrigin(pub Origin);

impl FromRequestParts<ApiState> for Person {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &ApiState) -> Result<Self, Problem> {
        let token = session_token(&parts.headers)
            .ok_or_else(|| Problem::from(app::AppError::Unauthenticated))?;
        refuse_foreign_write(
            &parts.method,
            &parts.headers,
            &state.app.settings().base_url,
        )?;
        Ok(Self(state.app.session(token).await?))
    }
}

impl FromRequestParts<ApiState> for Visiting {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &ApiState) -> Result<Self, Problem> {
        let Some(token) = session_token(&parts.headers) else {
            return Ok(Self(None));
        };
        match state.app.session(token).await {
            Ok(visitor) => Ok(Self(Some(visitor))),
            Err(app::AppError::Unauthenticated) => Ok(Self(None)),
            Err(error) => Err(error.into()),
        }
    }
}

impl FromRequestParts<ApiState> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &ApiState) -> Result<Self, Problem> {
        // Whoever was let through need not be looked up again.
        if let Some(actor) = parts.extensions.get::<Actor>() {
            return Ok(Self(actor.clone()));
        }
        if let Some(secret) = bearer(&parts.headers) {
            return Ok(Self(state.app.actor_of_key(secret).await?));
        }
        let Person(visitor) = Person::from_request_parts(parts, state).await?;
        let wanted = workspace_header(&parts.headers)?;
        Ok(Self(state.app.actor_of(&visitor, wanted).await?))
    }
}

impl FromRequestParts<ApiState> for CallerOrigin {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &ApiState) -> Result<Self, Problem> {
        refuse_foreign_write(
            &parts.method,
            &parts.headers,
            &state.app.settings().base_url,
        )?;
        let agent = parts
            .headers
            .get(header::USER_AGENT)
            .and_then(|value| value.to_str().ok());
        Ok(Self(Origin {
            user_agent: agent.unwrap_or_default().to_owned(),
            network: caller_network(parts, state),
        }))
    }
}

/// The network that a request comes from; empty where the server does not know.
pub(crate) fn caller_network(parts: &Parts, state: &ApiState) -> String {
    let peer = parts.extensions.get::<ConnectInfo<std::net::SocketAddr>>();
    let network = peer.map(|ConnectInfo(address)| {
        let trusted = &state.trusted_proxies;
        network_of(client_address(address.ip(), &parts.headers, trusted))
    });
    network.unwrap_or_default()
}

/// The token of the session cookie.
#[must_use]
pub(crate) fn session_token(headers: &HeaderMap) -> Option<&str> {
    cookie(headers, SESSION_COOKIE)
}

/// The value of a cookie.
#[must_use]
pub(crate) fn cookie<'a>(headers: &'a HeaderMap, wanted: &str) -> Option<&'a str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(name, _)| *name == wanted)
        .map(|(_, value)| value)
}

/// A write with a cookie must come from our own pages: browsers say where a request is from.
///
/// A proxy may put another name into `Host`, so the address that people use counts as well.
fn refuse_foreign_write(
    method: &Method,
    headers: &HeaderMap,
    base_url: &str,
) -> Result<(), Problem> {
    if matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS) {
        return Ok(());
    }
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let is_foreign = match (text("sec-fetch-site"), text("origin")) {
        (Some(site), _) => site != "same-origin",
        (None, Some(origin)) => {
            let host = origin.split_once("://").map_or(origin, |(_, host)| host);
            text("host") != Some(host) && !origin.eq_ignore_ascii_case(base_url)
        }
        (None, None) => false,
    };
    if is_foreign {
        let detail = "this request does not come from Throughline's own pages";
        return Err(Problem::new(
            StatusCode::FORBIDDEN,
            "foreign_origin",
            detail,
        ));
    }
    Ok(())
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, secret) = value.split_once(' ')?;
    scheme
        .eq_ignore_ascii_case("bearer")
        .then_some(secret.trim())
}

fn workspace_header(headers: &HeaderMap) -> Result<Option<WorkspaceId>, Problem> {
    let Some(value) = headers.get(WORKSPACE_HEADER) else {
        return Ok(None);
    };
    let id = value.to_str().ok().and_then(|text| text.parse().ok());
    id.map(Some).ok_or_else(|| {
        let detail = "Throughline-Workspace must be a workspace's number";
        Problem::new(StatusCode::BAD_REQUEST, "bad_workspace", detail)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(pairs: &[(&'static str, &str)]) -> Result<(), u16> {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.insert(*name, value.parse().unwrap());
        }
        let base_url = "https://app.example";
        refuse_foreign_write(&Method::POST, &headers, base_url).map_err(|problem| problem.status)
    }

    #[test]
    fn writes_from_other_pages_are_refused() {
        assert_eq!(
            write(&[("host", "a.example"), ("origin", "https://a.example")]),
            Ok(())
        );
        assert_eq!(
            write(&[("host", "a.example"), ("origin", "https://b.example")]),
            Err(403)
        );
        assert_eq!(write(&[("sec-fetch-site", "cross-site")]), Err(403));
        assert_eq!(write(&[("sec-fetch-site", "same-origin")]), Ok(()));
    }

    #[test]
    fn a_proxy_may_put_its_own_name_into_the_host() {
        let host = ("host", "127.0.0.1:8080");
        assert_eq!(write(&[host, ("origin", "https://app.example")]), Ok(()));
        assert_eq!(write(&[host, ("origin", "https://b.example")]), Err(403));
        let browser = ("sec-fetch-site", "same-origin");
        assert_eq!(
            write(&[host, browser, ("origin", "https://app.example")]),
            Ok(())
        );
    }

    #[test]
    fn addresses_lose_their_last_part() {
        assert_eq!(
            network_of("203.0.113.77".parse().unwrap()),
            "203.0.113.0/24"
        );
        assert_eq!(
            network_of("2001:db8:1:2::3".parse().unwrap()),
            "2001:db8:1::/48"
        );
    }
}
