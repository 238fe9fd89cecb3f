//! The documentation as part of the program: the pages of `docs/`, and a reference of the API made
//! from the document that describes it. Nobody has to be signed in to read.

mod markdown;
mod pages;
mod reference;

use axum::Router;
use axum::extract::Path;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use http::{HeaderValue, StatusCode, header};
use utoipa::openapi::OpenApi;

use self::markdown::escaped;
use self::pages::{GROUPS, Page};
use crate::state::ApiState;
use crate::ui::POLICY;

/// Address of the reference of the API, beside those of the pages.
const REFERENCE: &str = "reference";
const STYLE: &str = include_str!("docs/style.css");
const CACHED: HeaderValue = HeaderValue::from_static("public, max-age=3600");

/// `/docs` and what is below it. The reference is made here, once.
pub(crate) fn router(document: &OpenApi) -> Router<ApiState> {
    let reference = reference::body(document);
    Router::new()
        .route("/docs", get(|| std::future::ready(index())))
        .route(
            "/docs/",
            get(|| std::future::ready(Redirect::permanent("/docs"))),
        )
        .route("/docs/style.css", get(|| std::future::ready(style())))
        .route(
            "/docs/reference",
            get(move || std::future::ready(framed(REFERENCE, "API reference", &reference))),
        )
        .route("/docs/{*page}", get(|path| std::future::ready(page(&path))))
}

fn page(Path(path): &Path<String>) -> Response {
    match Page::find(path.strip_suffix(".md").unwrap_or(path)) {
        Some(page) => framed(
            page.path,
            &page.title,
            &markdown::html(&page.text, page.path),
        ),
        None => {
            let body = "<h1>There is no such page</h1><p><a href=\"/docs\">Documentation</a></p>";
            let mut response = framed("", "There is no such page", body);
            *response.status_mut() = StatusCode::NOT_FOUND;
            response
        }
    }
}

/// What there is to read, with the first sentence of each page.
fn index() -> Response {
    let mut body = String::from("<h1>Documentation</h1>");
    for group in GROUPS {
        body += &format!("<h2>{}</h2><dl>", escaped(group.title));
        for (path, title, about) in group.entries() {
            let (title, about) = (escaped(&title), escaped(&about));
            body += &format!("<dt><a href=\"/docs/{path}\">{title}</a></dt><dd>{about}</dd>");
        }
        body += "</dl>";
    }
    framed("", "Documentation", &body)
}

fn style() -> Response {
    let css = HeaderValue::from_static("text/css; charset=utf-8");
    (
        [(header::CONTENT_TYPE, css), (header::CACHE_CONTROL, CACHED)],
        STYLE,
    )
        .into_response()
}

/// A page with the list of all of them beside it.
fn framed(current: &str, title: &str, body: &str) -> Response {
    let mut list = String::new();
    for group in GROUPS {
        list += &format!("<h2>{}</h2><ul>", escaped(group.title));
        for (path, title, _) in group.entries() {
            let mark = if path == current {
                " aria-current=\"page\""
            } else {
                ""
            };
            list += &format!(
                "<li><a href=\"/docs/{path}\"{mark}>{}</a></li>",
                escaped(&title)
            );
        }
        list += "</ul>";
    }
    let title = escaped(title);
    let html = format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <title>{title} · Throughline</title><link rel=\"icon\" href=\"/favicon.svg\">\
         <link rel=\"stylesheet\" href=\"/docs/style.css\"></head><body>\
         <a class=\"skip\" href=\"#text\">To the text</a>\
         <header><a class=\"brand\" href=\"/docs\">Throughline <b>documentation</b></a>\
         <a href=\"/\">To the program</a></header>\
         <nav aria-label=\"Pages\"><details><summary>Pages</summary>{list}</details>\
         <div class=\"wide\">{list}</div></nav><main id=\"text\" tabindex=\"-1\">{body}</main>\
         </body></html>"
    );
    let fixed = |value| HeaderValue::from_static(value);
    let headers = [
        (header::CONTENT_TYPE, fixed("text/html; charset=utf-8")),
        (header::CACHE_CONTROL, fixed("no-cache")),
        (header::CONTENT_SECURITY_POLICY, fixed(POLICY)),
        (header::X_CONTENT_TYPE_OPTIONS, fixed("nosniff")),
        (header::REFERRER_POLICY, fixed("same-origin")),
    ];
    (headers, html).into_response()
}
