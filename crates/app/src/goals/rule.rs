//! What reaches a goal: as it is typed in, as it is stored, and as reports ask for it.

use std::collections::BTreeSet;

use domain::source::{PATH_BYTES_MAX, readable_path, without_www};
use domain::visit::{EVENT_NAME_BYTES_MAX, PROPERTY_NAME_BYTES_MAX, PROPERTY_VALUE_BYTES_MAX};
use reports::{Filter, FilterOperator, GoalRule};
use store::goals::{Goal, GoalDetails};
use store::sites::Site;

use crate::AppError;
use crate::goals::{GoalInput, GoalNarrowing};
use crate::people::one_of;

/// The rule's part of a goal.
///
/// # Errors
/// With the field that is wrong.
pub(super) fn checked_rule(input: &GoalInput) -> Result<GoalDetails, AppError> {
    one_of("kind", &input.kind, &["event", "page"])?;
    let target = match input.kind.as_str() {
        "page" => as_stored(&fitting("target", &input.target, PATH_BYTES_MAX)?),
        _ => fitting("target", &input.target, EVENT_NAME_BYTES_MAX)?,
    };
    let property = fitting("property", &input.property, PROPERTY_NAME_BYTES_MAX)?;
    let property_value = fitting(
        "property_value",
        &input.property_value,
        PROPERTY_VALUE_BYTES_MAX,
    )?;
    if target.is_empty() {
        let detail = "say which event or page reaches the goal";
        return Err(AppError::invalid("target", "required", detail));
    }
    if property.is_empty() != property_value.is_empty() {
        let (field, detail) = match property.is_empty() {
            true => ("property", "name the property that says so"),
            false => ("property_value", "say what the property has to say"),
        };
        return Err(AppError::invalid(field, "required", detail));
    }
    if input.kind == "page" {
        check_path(&target)?;
        if !property.is_empty() {
            let detail = "a view of a page has no properties";
            return Err(AppError::invalid("property", "not_allowed", detail));
        }
    }
    Ok(GoalDetails {
        site_id: input.site,
        name: String::new(),
        kind: input.kind.clone(),
        target,
        property,
        property_value,
        worth_micros: None,
    })
}

/// The goal as reports count it.
pub(super) fn rule_of(goal: &Goal) -> reports::Goal {
    let details = &goal.details;
    let target = details.target.clone();
    let rule = match (details.kind.as_str(), target.strip_suffix('*')) {
        ("event", _) => GoalRule::Event {
            name: target,
            property: (!details.property.is_empty())
                .then(|| (details.property.clone(), details.property_value.clone())),
        },
        (_, Some(start)) => GoalRule::PagesUnder {
            start: start.to_owned(),
        },
        (_, None) => GoalRule::Page { path: target },
    };
    reports::Goal {
        id: goal.id.0,
        site: details.site_id,
        name: details.name.clone(),
        rule,
        worth_micros: details.worth_micros,
    }
}

/// The filters that leave the goal's hits; none where a page may be on any host, as filters speak
/// of pages by host and path.
pub(super) fn narrowing(goal: &Goal, site: &Site) -> Option<GoalNarrowing> {
    let filter = |dimension: &str, op, values| Filter {
        dimension: dimension.to_owned(),
        op,
        values,
    };
    let mut filters = vec![filter(
        "site",
        FilterOperator::Is,
        vec![site.id.to_string()],
    )];
    let mut about = None;
    match rule_of(goal).rule {
        GoalRule::Event { name, property } => {
            filters.push(filter("event", FilterOperator::Is, vec![name]));
            if let Some((property, value)) = property {
                filters.push(filter("property", FilterOperator::Is, vec![value]));
                about = Some(property);
            }
        }
        GoalRule::Page { path } => {
            filters.push(filter("page", FilterOperator::IsAlike, pages(site, &path)?));
        }
        GoalRule::PagesUnder { start } => {
            let pages = pages(site, &start)?;
            filters.push(filter("page", FilterOperator::StartsWith, pages));
        }
    }
    Some(GoalNarrowing {
        goal: goal.id,
        filters,
        property: about,
    })
}

/// The path on each host of the site.
fn pages(site: &Site, path: &str) -> Option<Vec<String>> {
    let details = &site.details;
    let hosts = std::iter::once(&details.domain).chain(&details.allowed_hosts);
    let mut pages = BTreeSet::new();
    for host in hosts {
        let bare = (!host.contains('*')).then(|| without_www(host))?;
        pages.extend([format!("{bare}{path}"), format!("www.{bare}{path}")]);
    }
    Some(pages.into_iter().collect())
}

fn check_path(target: &str) -> Result<(), AppError> {
    let path = target.strip_suffix('*').unwrap_or(target);
    let is_path = path.starts_with('/') && !path.contains(['*', '?']);
    match is_path {
        true => Ok(()),
        false => {
            let detail = format!("{target:?} is not a path such as /thank-you or /thank-you*");
            Err(AppError::invalid("target", "not_a_path", detail))
        }
    }
}

/// A path copied from a browser's address bar is the one that is stored.
fn as_stored(target: &str) -> String {
    match target.strip_suffix('*') {
        Some(start) => format!("{}*", readable_path(start)),
        None => readable_path(target),
    }
}

fn fitting(field: &'static str, text: &str, bytes_max: usize) -> Result<String, AppError> {
    let text = text.trim();
    if text.len() > bytes_max {
        let detail =
            format!("use at most {bytes_max} bytes; a letter beyond ASCII takes two or more");
        return Err(AppError::invalid(field, "too_long", detail));
    }
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use base::SiteId;

    fn typed(kind: &str, target: &str, property: [&str; 2]) -> GoalInput {
        GoalInput {
            site: SiteId(1),
            name: "Bought".to_owned(),
            kind: kind.to_owned(),
            target: target.to_owned(),
            property: property[0].to_owned(),
            property_value: property[1].to_owned(),
            worth: None,
        }
    }

    #[test]
    fn a_path_is_the_one_that_is_stored() {
        for (copied, stored) in [
            ("/%D1%81%D0%BF%D0%B0%D1%81%D0%B8%D0%B1%D0%BE", "/спасибо"),
            ("/%D1%81*", "/с*"),
            ("/u/me@x.example/done", "/u/:email/done"),
        ] {
            let rule = checked_rule(&typed("page", copied, ["", ""])).unwrap();
            assert_eq!(rule.target, stored);
        }
        let long = "и".repeat(61);
        assert!(
            checked_rule(&typed("event", &long, ["", ""])).is_err(),
            "cut when it is stored"
        );
    }

    #[test]
    fn a_rule_is_an_event_or_a_path() {
        for (kind, target, property) in [
            ("event", "Order", ["", ""]),
            ("event", "Order", ["plan", "pro"]),
            ("event", "what?*", ["", ""]),
            ("page", "/thank-you", ["", ""]),
            ("page", " /thank-you* ", ["", ""]),
            ("page", "/*", ["", ""]),
        ] {
            let rule = checked_rule(&typed(kind, target, property)).unwrap();
            assert_eq!(rule.target, target.trim());
        }
        for (kind, target, property) in [
            ("click", "Order", ["", ""]),
            ("event", "  ", ["", ""]),
            ("event", "Order", ["plan", ""]),
            ("event", "Order", ["", "pro"]),
            ("page", "thank-you", ["", ""]),
            ("page", "*", ["", ""]),
            ("page", "/a*b", ["", ""]),
            ("page", "/a?b=c", ["", ""]),
            ("page", "/a", ["plan", "pro"]),
        ] {
            let wrong = checked_rule(&typed(kind, target, property));
            assert!(wrong.is_err(), "{kind} {target} {property:?}");
        }
    }
}
