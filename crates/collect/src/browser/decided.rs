//! What was decided of a browser's event before it became a fact, for whoever watches.

use domain::source::{PATH_BYTES_MAX, UrlParts};

use super::{BrowserEvent, external};
use crate::Request;
use crate::identity::{ClickIds, CookieAction, Identity, knows_visitor};
use crate::page::URL_BYTES_MAX;
use crate::snapshot::{ConsentMode, Site};
use crate::watch::Trace;

/// How the site was found, who the visitor is taken for, and what is left out.
pub(super) fn note(
    trace: &mut Trace,
    (request, event): (&Request<'_>, &BrowserEvent<'_>),
    (site, url): (&Site, &UrlParts<'_>),
    (mode, identity): (ConsentMode, &Identity),
) {
    let found_by = match (event.k.0.as_ref(), event.d.0.as_ref()) {
        ("", "") => "page",
        ("", _) => "domain",
        _ => "key",
    };
    trace.decide("site_by", found_by);
    let is_refused = event.c.0 == "0" || event.c.0 == "false";
    let visitor = match identity.cookie {
        _ if request.refuses_sale() => "privacy_control",
        _ if is_refused => "refused",
        CookieAction::Set => "new_cookie",
        _ if knows_visitor(request) && mode != ConsentMode::Cookieless => "cookie",
        _ if mode != site.consent => "no_cookie_here",
        _ if mode == ConsentMode::Ask => "not_agreed",
        CookieAction::Leave | CookieAction::Expire => "hash_of_day",
    };
    trace.decide("visitor", visitor);
    if identity.click_ids == ClickIds::Discard {
        trace.decide("click_ids", "left_out");
    }
    if !event.r.0.is_empty() && external(&event.r.0, site).is_empty() {
        trace.decide("referrer", "own");
    }
    if event.u.0.len() > URL_BYTES_MAX {
        trace.decide("address_cut", URL_BYTES_MAX.to_string());
    }
    if url.path.len() > PATH_BYTES_MAX {
        trace.decide("path_cut", PATH_BYTES_MAX.to_string());
    }
}
