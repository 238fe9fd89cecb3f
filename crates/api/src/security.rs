//! Who may call what, said in the OpenAPI document as the handlers ask for it.

use app::Permission;
use http::Method;
use utoipa::openapi::OpenApi;
use utoipa::openapi::path::{Operation, PathItem};
use utoipa::openapi::security::{
    ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme,
};

use crate::caller::SESSION_COOKIE;
use crate::rights::{self, Need};

const KEY: &str = "api_key";
const SESSION: &str = "session";

/// Says in the document what every operation wants to be called with.
pub(crate) fn describe(document: &mut OpenApi) {
    let components = document.components.get_or_insert_default();
    let key = HttpBuilder::new()
        .scheme(HttpAuthScheme::Bearer)
        .description(Some(
            "The secret of an API key, shown once when the key is made. Its scopes say what it \
             may do.",
        ))
        .build();
    let session = "Set by signing in. Writes with it have to come from Throughline's own pages.";
    let session = ApiKeyValue::with_description(SESSION_COOKIE, session);
    components.add_security_scheme(KEY, SecurityScheme::Http(key));
    components.add_security_scheme(SESSION, SecurityScheme::ApiKey(ApiKey::Cookie(session)));
    for (path, item) in &mut document.paths.paths {
        for (method, operation) in operations(item) {
            let need = path
                .strip_prefix(rights::BASE)
                .and_then(|path| rights::need_of(&method, path));
            operation.security = Some(wanted(need));
            if let Some(
                Need::May(permission) | Need::Proved(permission) | Need::InPerson(permission),
            ) = need
            {
                let extensions = operation.extensions.get_or_insert_default();
                extensions.insert("x-permission".to_owned(), permission.name().into());
            }
            if let Some(Need::Proved(_) | Need::InPerson(_) | Need::OwnProof) = need {
                operation.description = Some(PROOF.to_owned());
            }
        }
    }
}

/// What the document says of an operation that wants one.
const PROOF: &str = "With a session this wants a recent proof: `proof_needed` is answered until \
    `POST /sessions/proof`.";

fn wanted(need: Option<Need>) -> Vec<SecurityRequirement> {
    let one_of = |names: &[&str]| {
        let names = names.iter().copied();
        names
            .map(|name| SecurityRequirement::new(name, Vec::<String>::new()))
            .collect()
    };
    match need {
        Some(Need::Anyone) => one_of(&[]),
        Some(Need::Session | Need::OwnProof | Need::InPerson(_)) => one_of(&[SESSION]),
        // The collector knows keys and no sessions.
        Some(Need::May(Permission::WriteEvents)) => one_of(&[KEY]),
        Some(Need::May(_) | Need::Proved(_)) | None => one_of(&[KEY, SESSION]),
    }
}

/// What an address knows, by its method.
pub(crate) fn operations(item: &mut PathItem) -> impl Iterator<Item = (Method, &mut Operation)> {
    let all = [
        (Method::GET, &mut item.get),
        (Method::POST, &mut item.post),
        (Method::PUT, &mut item.put),
        (Method::PATCH, &mut item.patch),
        (Method::DELETE, &mut item.delete),
    ];
    all.into_iter()
        .filter_map(|(method, operation)| Some((method, operation.as_mut()?)))
}
