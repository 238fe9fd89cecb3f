//! A reference of the API for people, made from the document that describes it for programs.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::Value;
use utoipa::openapi::OpenApi;

use super::markdown::{anchor, escaped};

/// Fields within fields are told so deep; what is deeper has a schema of its own.
const DEPTH_MAX: usize = 3;
const ROOT: &str = "/api/v1/";

/// What the page says, as HTML.
pub(super) fn body(document: &OpenApi) -> String {
    let document = serde_json::to_value(document).unwrap_or_default();
    let mut groups: BTreeMap<&str, Vec<Operation<'_>>> = BTreeMap::new();
    for operation in operations(&document) {
        groups.entry(operation.group()).or_default().push(operation);
    }
    let mut html = String::from(INTRODUCTION);
    html += "<ul class=\"columns\">";
    for group in groups.keys() {
        let _ = write!(html, "<li><a href=\"#{group}\">{}</a></li>", titled(group));
    }
    html += "</ul>";
    for (group, operations) in &groups {
        let _ = write!(html, "<h2 id=\"{group}\">{}</h2>", titled(group));
        html.extend(operations.iter().map(Operation::html));
    }
    html += "<h2 id=\"schemas\">Schemas</h2>";
    for (name, schema) in entries(&document["components"]["schemas"]) {
        let _ = write!(
            html,
            "<h3 id=\"{}\"><code>{name}</code></h3>{}{}",
            schema_anchor(name),
            paragraph(&schema["description"]),
            fields(schema),
        );
    }
    html
}

const INTRODUCTION: &str = "<h1>API reference</h1>\
    <p>Every address of the program, made from <a href=\"/api/v1/openapi.json\">its OpenAPI \
    document</a>. <a href=\"/docs/requests\">First requests</a> shows a key, a lead, a deal, a \
    payment, events and a report by <code>curl</code>.</p>\
    <p>Requests carry <code>Authorization: Bearer KEY</code>, or the cookie of a session. Errors \
    are <code>application/problem+json</code> with a stable <code>code</code> and, where a field \
    is wrong, its name. Lists have a <code>cursor</code>. A change needs <code>If-Match</code> \
    with the <code>ETag</code> of what it changes. <code>Idempotency-Key</code> makes a write \
    happen once. Money is a decimal as text.</p>";

struct Operation<'d> {
    method: &'d str,
    path: &'d str,
    told: &'d Value,
}

fn operations(document: &Value) -> impl Iterator<Item = Operation<'_>> {
    entries(&document["paths"]).flat_map(|(path, methods)| {
        entries(methods).map(move |(method, told)| Operation { method, path, told })
    })
}

impl<'d> Operation<'d> {
    fn group(&self) -> &'d str {
        let rest = self.path.strip_prefix(ROOT).unwrap_or(self.path);
        rest.split('/').next().unwrap_or_default()
    }

    fn html(&self) -> String {
        let Self { method, path, told } = self;
        let id = told["operationId"].as_str().unwrap_or_default();
        let mut html = format!(
            "<section><h3 id=\"{id}\"><span class=\"method {method}\">{}</span> \
             <code>{}</code></h3>{}{}",
            method.to_uppercase(),
            escaped(path),
            paragraph(&told["summary"]),
            paragraph(&told["description"]),
        );
        if let Some(needed) = told["x-permission"].as_str() {
            let _ = write!(
                html,
                "<p class=\"needs\">Permission: <code>{needed}</code></p>"
            );
        }
        html += &self.parameters();
        for (media, content) in entries(&told["requestBody"]["content"]) {
            let _ = write!(
                html,
                "<h4>Body, {}</h4>{}",
                escaped(media),
                shape(&content["schema"])
            );
        }
        for (status, answer) in
            entries(&told["responses"]).filter(|(status, _)| *status != "default")
        {
            let _ = write!(
                html,
                "<h4>{status}</h4>{}",
                paragraph(&answer["description"])
            );
            for (media, content) in entries(&answer["content"]) {
                let media = if media == "application/json" {
                    ""
                } else {
                    media
                };
                let _ = write!(
                    html,
                    "<p>{}</p>{}",
                    escaped(media),
                    shape(&content["schema"])
                );
            }
        }
        html + "</section>"
    }

    fn parameters(&self) -> String {
        let Some(all) = self.told["parameters"]
            .as_array()
            .filter(|all| !all.is_empty())
        else {
            return String::new();
        };
        let row = |one: &Value| {
            let is_needed = one["required"].as_bool().unwrap_or_default();
            let place = one["in"].as_str().unwrap_or_default();
            let name = one["name"].as_str().unwrap_or_default();
            let kind = format!("{place}, {}", kind_of(&one["schema"]));
            line(name, &kind, is_needed, &one["description"])
        };
        table("Parameter", all.iter().map(row))
    }
}

/// A schema that stands in its place, or the way to one that has a place of its own.
fn shape(schema: &Value) -> String {
    match schema["$ref"].as_str() {
        Some(_) => format!("<p>{}</p>", kind_of(schema)),
        None => fields(schema),
    }
}

fn fields(schema: &Value) -> String {
    if let Some(words) = schema["enum"].as_array() {
        let words = words.iter().filter_map(Value::as_str);
        let words: Vec<_> = words
            .map(|word| format!("<code>{}</code>", escaped(word)))
            .collect();
        return format!("<p>One of {}.</p>", words.join(", "));
    }
    let mut rows = Vec::new();
    list_fields(schema, "", 0, &mut rows);
    match rows.is_empty() {
        true => format!("<p>{}</p>", kind_of(schema)),
        false => table("Field", rows.into_iter()),
    }
}

fn list_fields(schema: &Value, before: &str, depth: usize, rows: &mut Vec<String>) {
    let needed = schema["required"].as_array();
    for (name, field) in entries(&schema["properties"]) {
        let is_needed = needed.is_some_and(|all| all.iter().any(|one| one == name));
        let name = format!("{before}{name}");
        rows.push(line(
            &name,
            &kind_of(field),
            is_needed,
            &field["description"],
        ));
        if depth + 1 >= DEPTH_MAX {
            continue;
        }
        if field["items"].is_object() {
            list_fields(&field["items"], &format!("{name}[]."), depth + 1, rows);
        } else {
            list_fields(field, &format!("{name}."), depth + 1, rows);
        }
    }
}

/// A type in words, as HTML.
fn kind_of(schema: &Value) -> String {
    if let Some(name) = schema["$ref"]
        .as_str()
        .and_then(|way| way.rsplit('/').next())
    {
        return format!("<a href=\"#{}\">{name}</a>", schema_anchor(name));
    }
    for several in ["oneOf", "anyOf", "allOf"] {
        if let Some(all) = schema[several].as_array() {
            let all: Vec<_> = all.iter().map(kind_of).collect();
            return all.join(" or ");
        }
    }
    if schema["items"].is_object() {
        return format!("list of {}", kind_of(&schema["items"]));
    }
    let kind = match &schema["type"] {
        Value::Array(all) => {
            let all: Vec<_> = all.iter().filter_map(Value::as_str).collect();
            all.join(" or ")
        }
        one => one.as_str().unwrap_or("any").to_owned(),
    };
    match schema["format"]
        .as_str()
        .filter(|format| format.starts_with("date"))
    {
        Some(format) => format!("{kind}, {format}"),
        None => kind,
    }
}

fn table(title: &str, rows: impl Iterator<Item = String>) -> String {
    format!(
        "<div class=\"scroll\" tabindex=\"0\"><table><thead><tr><th>{title}</th><th>Type</th>\
         <th></th><th>What it is</th></tr></thead><tbody>{}</tbody></table></div>",
        rows.collect::<String>()
    )
}

fn line(name: &str, kind: &str, is_needed: bool, about: &Value) -> String {
    let needed = if is_needed { "required" } else { "" };
    let about = escaped(about.as_str().unwrap_or_default());
    format!(
        "<tr><td><code>{}</code></td><td>{kind}</td><td>{needed}</td><td>{about}</td></tr>",
        escaped(name)
    )
}

fn paragraph(text: &Value) -> String {
    match text.as_str().unwrap_or_default() {
        "" => String::new(),
        text => format!("<p>{}</p>", escaped(text)),
    }
}

fn entries(object: &Value) -> impl Iterator<Item = (&str, &Value)> {
    let entries = object.as_object().into_iter().flatten();
    entries.map(|(name, value)| (name.as_str(), value))
}

fn schema_anchor(name: &str) -> String {
    format!("schema-{}", anchor(name))
}

/// The first segment of an address, as a heading.
fn titled(group: &str) -> String {
    let words = group.replace('-', " ");
    let mut letters = words.chars();
    let first = letters.next().into_iter().flat_map(char::to_uppercase);
    first.chain(letters).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_operation_and_every_link_of_the_reference_is_there() {
        let (_, document) = crate::router::described();
        let html = body(&document);
        let value = serde_json::to_value(&document).unwrap();
        let anchors: HashSet<_> = html
            .split("id=\"")
            .skip(1)
            .filter_map(|rest| rest.split('"').next())
            .collect();
        let mut count = 0;
        for operation in operations(&value) {
            assert!(anchors.contains(operation.told["operationId"].as_str().unwrap()));
            assert!(
                !operation.told["summary"]
                    .as_str()
                    .unwrap_or_default()
                    .is_empty()
            );
            count += 1;
        }
        assert!(count > 100, "{count}");
        for link in html.split("href=\"#").skip(1) {
            let link = link.split('"').next().unwrap();
            assert!(anchors.contains(link), "{link}");
        }
        assert!(html.contains("<td><code>items[].phone</code></td>"));
    }
}
