//! Query parameters that no endpoint reads are refused by name: a misspelt filter would otherwise
//! answer another question than the one that was asked.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use axum::extract::{MatchedPath, Query, Request, State};
use axum::middleware::Next;
use axum::response::Response;
use http::{Method, StatusCode, Uri};
use utoipa::openapi::OpenApi;
use utoipa::openapi::path::{Operation, ParameterIn};

use crate::problem::Problem;

/// The names that each endpoint reads, as the document has them.
#[derive(Debug, Default)]
pub(crate) struct Known(HashMap<(Method, String), HashSet<String>>);

impl Known {
    pub(crate) fn of(document: &OpenApi) -> Self {
        let mut known = Self::default();
        for (path, item) in &document.paths.paths {
            for (method, operation) in [
                (Method::GET, &item.get),
                (Method::POST, &item.post),
                (Method::PUT, &item.put),
                (Method::PATCH, &item.patch),
                (Method::DELETE, &item.delete),
            ] {
                if let Some(operation) = operation {
                    known.0.insert((method, path.clone()), names(operation));
                }
            }
        }
        known
    }

    /// The first name that the endpoint does not read.
    fn unknown(&self, method: &Method, path: &str, address: &Uri) -> Option<String> {
        // A HEAD is answered by the handler of the GET.
        let method = if *method == Method::HEAD {
            &Method::GET
        } else {
            method
        };
        let names = self.0.get(&(method.clone(), path.to_owned()))?;
        let Query(pairs) = Query::<Vec<(String, String)>>::try_from_uri(address).ok()?;
        let mut given = pairs.into_iter().map(|(name, _)| name);
        given.find(|name| !names.contains(name))
    }
}

/// Refuses a request with a query parameter that its endpoint does not read.
pub(crate) async fn check(
    State(known): State<Arc<Known>>,
    request: Request,
    next: Next,
) -> Result<Response, Problem> {
    let route = request.extensions().get::<MatchedPath>();
    let (method, address) = (request.method(), request.uri());
    let unknown = route.and_then(|at| known.unknown(method, at.as_str(), address));
    if let Some(name) = unknown {
        let detail = format!("this address has no query parameter {name:?}");
        let problem = Problem::new(StatusCode::BAD_REQUEST, "unknown_parameter", detail);
        return Err(problem.on_field(name));
    }
    Ok(next.run(request).await)
}

fn names(operation: &Operation) -> HashSet<String> {
    let parameters = operation.parameters.iter().flatten();
    parameters
        .filter(|parameter| parameter.parameter_in == ParameterIn::Query)
        .map(|parameter| parameter.name.clone())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(method: &Method, path: &str, query: &str, unknown: Option<&str>) {
        let (_, document) = crate::router::described();
        let address = format!("/?{query}").parse().unwrap();
        let found = Known::of(&document).unknown(method, path, &address);
        assert_eq!(found.as_deref(), unknown, "{method} {path}?{query}");
    }

    #[test]
    fn a_parameter_that_no_handler_reads_is_named() {
        let leads = "/api/v1/leads";
        check(&Method::GET, leads, "limit=2&status=new", None);
        check(
            &Method::GET,
            leads,
            "limit=2&stat%75ses=new",
            Some("statuses"),
        );
        check(&Method::HEAD, leads, "cursr=x", Some("cursr"));
        check(&Method::GET, "/api/v1/leads/{id}", "limit=2", Some("limit"));
        check(&Method::GET, "/api/v1/nowhere", "limit=2", None);
    }
}
