//! What each endpoint needs: one table, asked before the body is read. An endpoint that is not in
//! it is refused, and fails the tests.

use app::{Permission, Who, audit};
use axum::extract::{FromRequestParts as _, MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::Response;
use http::Method;

use crate::caller::{Caller, Person, caller_network};
use crate::once;
use crate::problem::Problem;
use crate::state::ApiState;

pub(crate) const BASE: &str = "/api/v1";

/// Who may ask an endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Need {
    Anyone,
    /// Whoever is signed in, whatever the workspace.
    Session,
    /// The same, who has to have proved lately that it is them.
    OwnProof,
    May(Permission),
    /// The same, and a person has to have proved lately that it is them. An API key has nobody at
    /// a keyboard: making one wants the proof.
    Proved(Permission),
    /// A person's alone, who has to have proved it lately: a key that leaked must not let anybody
    /// in, take a lock off or outlive itself.
    InPerson(Permission),
}

use Need::{Anyone, InPerson, May, OwnProof, Proved, Session};
use Permission::{
    AddWorkspaces, Annotate, EditChannels, EditMoneyRules, EditTracking, EditWorkspace,
    ExportConversions, ImportFiles, ManageKeys, ManagePeople, ManagePrivacy, ReadAudit,
    ReadChannels, ReadDeals, ReadLeads, ReadNotes, ReadPeople, ReadReports, ReadRows, ReadSetup,
    SeeCosts, ShareReports, WriteCosts, WriteDeals, WriteEvents, WriteLeads,
};

const NEEDS: &[(&str, &str, Need)] = &[
    ("GET", "/ad-names", May(ReadReports)),
    ("GET", "/annotations", May(ReadNotes)),
    ("POST", "/annotations", May(Annotate)),
    ("GET", "/annotations/{id}", May(ReadNotes)),
    ("PATCH", "/annotations/{id}", May(Annotate)),
    ("DELETE", "/annotations/{id}", May(Annotate)),
    ("GET", "/api-keys", May(ManageKeys)),
    ("POST", "/api-keys", InPerson(ManageKeys)),
    ("DELETE", "/api-keys/{id}", May(ManageKeys)),
    (
        "POST",
        "/api-keys/{id}/signing-secret",
        InPerson(ManageKeys),
    ),
    ("GET", "/audit", May(ReadAudit)),
    ("GET", "/audit/export", Proved(ReadAudit)),
    ("GET", "/audit/verify", May(ReadAudit)),
    ("GET", "/backups", May(EditWorkspace)),
    ("POST", "/backups", May(EditWorkspace)),
    ("GET", "/channel-rules", May(ReadSetup)),
    ("PUT", "/channel-rules", May(EditChannels)),
    ("POST", "/channel-rules/preview", May(ReadSetup)),
    ("GET", "/channel-rules/versions", May(ReadSetup)),
    (
        "POST",
        "/channel-rules/versions/{version}/restore",
        May(EditChannels),
    ),
    ("GET", "/channels", May(ReadChannels)),
    ("POST", "/channels", May(EditChannels)),
    ("PATCH", "/channels/{id}", May(EditChannels)),
    ("DELETE", "/channels/{id}", May(EditChannels)),
    ("GET", "/conversion-batches", May(ExportConversions)),
    ("GET", "/conversion-batches/{id}", May(ExportConversions)),
    ("PATCH", "/conversion-batches/{id}", May(ExportConversions)),
    (
        "GET",
        "/conversion-batches/{id}/file",
        Proved(ExportConversions),
    ),
    (
        "GET",
        "/conversion-batches/{id}/rows",
        May(ExportConversions),
    ),
    ("GET", "/conversion-targets", May(ExportConversions)),
    ("POST", "/conversion-targets", May(ExportConversions)),
    ("GET", "/conversion-targets/{id}", May(ExportConversions)),
    ("PATCH", "/conversion-targets/{id}", May(ExportConversions)),
    ("DELETE", "/conversion-targets/{id}", May(ExportConversions)),
    (
        "POST",
        "/conversion-targets/{id}/batches",
        Proved(ExportConversions),
    ),
    (
        "POST",
        "/conversion-targets/{id}/preview",
        May(ExportConversions),
    ),
    ("GET", "/costs", May(SeeCosts)),
    ("GET", "/custom-metrics", May(ReadReports)),
    ("POST", "/custom-metrics", May(ShareReports)),
    ("POST", "/custom-metrics/check", May(ShareReports)),
    ("POST", "/custom-metrics/preview", May(ShareReports)),
    ("GET", "/custom-metrics/{id}", May(ReadReports)),
    ("PATCH", "/custom-metrics/{id}", May(ShareReports)),
    ("DELETE", "/custom-metrics/{id}", May(ShareReports)),
    ("GET", "/deal-statuses", May(ReadSetup)),
    ("PUT", "/deal-statuses", May(EditMoneyRules)),
    ("GET", "/deals", May(ReadDeals)),
    ("POST", "/deals", May(WriteDeals)),
    ("GET", "/deals/sums", May(ReadDeals)),
    ("PUT", "/deals/{id}/assignee", May(WriteDeals)),
    ("GET", "/deals/{id}/payments", May(ReadDeals)),
    ("POST", "/email-verifications/redeem", Anyone),
    ("GET", "/erasures", May(ManagePrivacy)),
    ("POST", "/erasures", InPerson(ManagePrivacy)),
    ("GET", "/erasures/{id}", May(ManagePrivacy)),
    ("POST", "/events", May(WriteEvents)),
    ("GET", "/exchange-rates", May(ReadSetup)),
    ("PUT", "/exchange-rates", May(EditMoneyRules)),
    ("DELETE", "/exchange-rates", May(EditMoneyRules)),
    ("POST", "/exchange-rates/convert", May(EditMoneyRules)),
    ("POST", "/exchange-rates/read", May(EditMoneyRules)),
    (
        "POST",
        "/exchange-rates/convert/preview",
        May(EditMoneyRules),
    ),
    ("GET", "/goal-alerts", May(EditTracking)),
    ("POST", "/goal-alerts", May(EditTracking)),
    ("PUT", "/goal-alerts/{id}", May(EditTracking)),
    ("DELETE", "/goal-alerts/{id}", May(EditTracking)),
    ("GET", "/goal-alerts/{id}/looks", May(EditTracking)),
    ("GET", "/goals", May(ReadSetup)),
    ("POST", "/goals", May(EditTracking)),
    ("POST", "/goals/query", May(ReadReports)),
    ("GET", "/goals/{id}", May(ReadSetup)),
    ("PATCH", "/goals/{id}", May(EditTracking)),
    ("DELETE", "/goals/{id}", May(EditTracking)),
    ("GET", "/import-mappings", May(ImportFiles)),
    ("POST", "/import-mappings", May(ImportFiles)),
    ("GET", "/import-mappings/{id}", May(ImportFiles)),
    ("PATCH", "/import-mappings/{id}", May(ImportFiles)),
    ("DELETE", "/import-mappings/{id}", May(ImportFiles)),
    ("GET", "/import-sources", May(ImportFiles)),
    ("POST", "/import-sources", May(ImportFiles)),
    ("GET", "/import-sources/{id}", May(ImportFiles)),
    ("PATCH", "/import-sources/{id}", May(ImportFiles)),
    ("DELETE", "/import-sources/{id}", May(ImportFiles)),
    ("POST", "/import-sources/{id}/read", May(ImportFiles)),
    ("GET", "/import-sources/{id}/runs", May(ImportFiles)),
    ("GET", "/imports", May(ImportFiles)),
    ("POST", "/imports", May(ImportFiles)),
    ("POST", "/imports/preview", May(ImportFiles)),
    ("GET", "/imports/{id}", May(ImportFiles)),
    ("POST", "/imports/{id}/cancel", May(ImportFiles)),
    ("GET", "/imports/{id}/kept", May(ImportFiles)),
    ("GET", "/imports/{id}/rejected", May(ImportFiles)),
    ("POST", "/imports/{id}/undo", May(ImportFiles)),
    ("GET", "/intake", May(ReadSetup)),
    ("GET", "/invitations", May(ReadPeople)),
    ("POST", "/invitations", InPerson(ManagePeople)),
    ("POST", "/invitations/preview", Anyone),
    ("POST", "/invitations/redeem", Anyone),
    ("DELETE", "/invitations/{id}", May(ManagePeople)),
    ("POST", "/invitations/{id}/send", InPerson(ManagePeople)),
    ("GET", "/leads", May(ReadLeads)),
    ("POST", "/leads", May(WriteLeads)),
    ("GET", "/leads/{id}", May(ReadLeads)),
    ("PATCH", "/leads/{id}", May(WriteLeads)),
    ("PUT", "/leads/{id}/assignee", May(WriteLeads)),
    ("GET", "/leads/{id}/timeline", May(ReadLeads)),
    ("GET", "/links", May(ReadSetup)),
    ("POST", "/links", May(EditTracking)),
    ("GET", "/links/{id}", May(ReadSetup)),
    ("PATCH", "/links/{id}", May(EditTracking)),
    ("DELETE", "/links/{id}", May(EditTracking)),
    ("GET", "/live", May(ReadRows)),
    ("GET", "/manual-costs", May(SeeCosts)),
    ("POST", "/manual-costs", May(WriteCosts)),
    ("GET", "/manual-costs/{id}", May(SeeCosts)),
    ("PATCH", "/manual-costs/{id}", May(WriteCosts)),
    ("DELETE", "/manual-costs/{id}", May(WriteCosts)),
    ("GET", "/me", Session),
    ("PATCH", "/me", Session),
    ("POST", "/me/email", Session),
    ("GET", "/me/passkeys", Session),
    ("POST", "/me/passkeys", OwnProof),
    ("POST", "/me/passkeys/challenge", OwnProof),
    ("PATCH", "/me/passkeys/{id}", Session),
    ("DELETE", "/me/passkeys/{id}", OwnProof),
    ("POST", "/me/password", Session),
    ("GET", "/me/provider-links", Session),
    ("POST", "/me/provider-links", OwnProof),
    ("POST", "/me/provider-links/challenge", OwnProof),
    ("DELETE", "/me/provider-links/{id}", OwnProof),
    ("GET", "/me/second-factor", Session),
    ("POST", "/me/second-factor", Session),
    ("POST", "/me/second-factor/confirm", Session),
    ("POST", "/me/second-factor/off", Session),
    ("POST", "/me/second-factor/recovery-codes", Session),
    ("GET", "/members", May(ReadPeople)),
    ("PATCH", "/members/{user_id}", InPerson(ManagePeople)),
    ("DELETE", "/members/{user_id}", InPerson(ManagePeople)),
    (
        "DELETE",
        "/members/{user_id}/second-factor",
        InPerson(ManagePeople),
    ),
    ("GET", "/notes", May(ReadNotes)),
    ("POST", "/password-resets", Anyone),
    ("POST", "/password-resets/redeem", Anyone),
    ("POST", "/payments", May(WriteDeals)),
    ("GET", "/person-requests", May(ManagePrivacy)),
    ("POST", "/person-requests", May(ManagePrivacy)),
    ("GET", "/person-requests/{id}", May(ManagePrivacy)),
    ("PATCH", "/person-requests/{id}", May(ManagePrivacy)),
    ("POST", "/privacy/export", InPerson(ManagePrivacy)),
    ("GET", "/privacy/law", May(ManagePrivacy)),
    ("PUT", "/privacy/law", May(ManagePrivacy)),
    ("POST", "/privacy/person", InPerson(ManagePrivacy)),
    ("GET", "/privacy/register", May(ManagePrivacy)),
    ("GET", "/privacy/retention", May(ManagePrivacy)),
    ("PUT", "/privacy/retention", InPerson(ManagePrivacy)),
    ("POST", "/privacy/retention/preview", May(ManagePrivacy)),
    ("GET", "/reconciliation", May(SeeCosts)),
    ("GET", "/report-schedules", May(ShareReports)),
    ("POST", "/report-schedules", May(ShareReports)),
    ("PUT", "/report-schedules/{id}", May(ShareReports)),
    ("DELETE", "/report-schedules/{id}", May(ShareReports)),
    ("POST", "/report-schedules/{id}/leave", May(ReadReports)),
    ("GET", "/report-schedules/mine", May(ReadReports)),
    ("POST", "/report-schedules/{id}/test", May(ShareReports)),
    ("GET", "/reports/catalogue", May(ReadReports)),
    ("POST", "/reports/export", May(ReadReports)),
    ("POST", "/reports/query", May(ReadReports)),
    ("POST", "/reports/rows", May(ReadRows)),
    ("GET", "/roles", May(ReadSetup)),
    ("GET", "/saved-views", May(ReadReports)),
    ("POST", "/saved-views", May(ReadReports)),
    ("GET", "/saved-views/{id}", May(ReadReports)),
    ("PATCH", "/saved-views/{id}", May(ReadReports)),
    ("DELETE", "/saved-views/{id}", May(ReadReports)),
    ("GET", "/segments", May(ReadReports)),
    ("POST", "/segments", May(ShareReports)),
    ("GET", "/segments/{id}", May(ReadReports)),
    ("PATCH", "/segments/{id}", May(ShareReports)),
    ("DELETE", "/segments/{id}", May(ShareReports)),
    ("GET", "/service-accounts", May(ManageKeys)),
    ("POST", "/service-accounts", InPerson(ManageKeys)),
    ("PATCH", "/service-accounts/{id}", InPerson(ManageKeys)),
    ("DELETE", "/service-accounts/{id}", InPerson(ManageKeys)),
    ("GET", "/sessions", Session),
    ("POST", "/sessions", Anyone),
    ("DELETE", "/sessions/current", Session),
    ("POST", "/sessions/passkey", Anyone),
    ("POST", "/sessions/passkey/challenge", Anyone),
    ("POST", "/sessions/proof", Session),
    ("POST", "/sessions/proof/challenge", Session),
    ("POST", "/sessions/proof/provider", Session),
    ("POST", "/sessions/provider", Anyone),
    ("POST", "/sessions/provider/challenge", Anyone),
    ("DELETE", "/sessions/{id}", Session),
    ("GET", "/setup", Anyone),
    ("POST", "/setup", Anyone),
    ("GET", "/share-links", May(ShareReports)),
    ("POST", "/share-links", May(ShareReports)),
    ("POST", "/share-links/open", Anyone),
    ("DELETE", "/share-links/{id}", May(ShareReports)),
    ("GET", "/sites", May(ReadSetup)),
    ("POST", "/sites", May(EditTracking)),
    ("GET", "/sites/{id}", May(ReadSetup)),
    ("PATCH", "/sites/{id}", May(EditTracking)),
    ("DELETE", "/sites/{id}", May(EditTracking)),
    ("GET", "/sites/{id}/requests", May(ReadRows)),
    ("GET", "/sites/{id}/requests/live", May(ReadRows)),
    ("GET", "/sites/{id}/snippet", May(ReadSetup)),
    ("GET", "/sites/{id}/status", May(ReadSetup)),
    ("PUT", "/sites/{id}/watch", May(EditTracking)),
    ("GET", "/teams", May(ReadPeople)),
    ("POST", "/teams", Proved(ManagePeople)),
    ("PATCH", "/teams/{id}", Proved(ManagePeople)),
    ("DELETE", "/teams/{id}", Proved(ManagePeople)),
    ("GET", "/visitors/{visitor}/timeline", May(ReadRows)),
    ("POST", "/visits/query", May(ReadRows)),
    ("GET", "/webhooks", May(ManageKeys)),
    ("POST", "/webhooks", Proved(ManageKeys)),
    ("GET", "/webhooks/{id}", May(ManageKeys)),
    ("PATCH", "/webhooks/{id}", Proved(ManageKeys)),
    ("DELETE", "/webhooks/{id}", May(ManageKeys)),
    ("GET", "/webhooks/{id}/deliveries", May(ManageKeys)),
    (
        "POST",
        "/webhooks/{id}/deliveries/{delivery}/replay",
        May(ManageKeys),
    ),
    ("POST", "/webhooks/{id}/secret", Proved(ManageKeys)),
    ("POST", "/webhooks/{id}/test", May(ManageKeys)),
    ("GET", "/workspace", May(ReadSetup)),
    ("PATCH", "/workspace", Proved(EditWorkspace)),
    ("POST", "/workspaces", InPerson(AddWorkspaces)),
];

/// Endpoints that take a body and change nothing, or at most keep a file that is noted when it
/// comes, or ask for a mail that perhaps nobody gets, or for what a device is to answer.
const READS: &[&str] = &[
    "/channel-rules/preview",
    "/conversion-targets/{id}/preview",
    "/custom-metrics/check",
    "/custom-metrics/preview",
    "/exchange-rates/convert/preview",
    "/exchange-rates/read",
    "/goals/query",
    "/imports/preview",
    "/invitations/preview",
    "/me/passkeys/challenge",
    "/me/provider-links/challenge",
    "/password-resets",
    "/privacy/retention/preview",
    "/reports/query",
    "/reports/rows",
    "/sessions/passkey/challenge",
    "/sessions/proof/challenge",
    "/sessions/proof/provider",
    "/sessions/provider/challenge",
    "/share-links/open",
    "/visits/query",
];

/// Refuses whoever may not ask an endpoint, and tells its handler who asks.
pub(crate) async fn check(
    State(state): State<ApiState>,
    request: Request,
    next: Next,
) -> Result<Response, Problem> {
    let (mut parts, body) = request.into_parts();
    let route = parts.extensions.get::<MatchedPath>();
    let path = route.and_then(|route| route.as_str().strip_prefix(BASE).map(str::to_owned));
    let path = path.as_deref();
    // What no method of the address is for is the router's to answer.
    let Some(need) = path.and_then(|path| need_of(&parts.method, path)) else {
        return Ok(next.run(Request::from_parts(parts, body)).await);
    };
    if need == OwnProof {
        let Person(visitor) = Person::from_request_parts(&mut parts, &state).await?;
        state.app.require_proof(&visitor)?;
    }
    if let InPerson(permission) = need {
        let Person(visitor) = Person::from_request_parts(&mut parts, &state).await?;
        let Caller(actor) = Caller::from_request_parts(&mut parts, &state).await?;
        // A key beside somebody's session would act in its own workspace on their proof.
        if !matches!(actor.who, Who::Person { user, .. } if user == visitor.user) {
            return Err(app::AppError::Unauthenticated.into());
        }
        actor.require(permission)?;
        parts.extensions.insert(actor);
        state.app.require_proof(&visitor)?;
    }
    if let May(permission) | Proved(permission) = need {
        let Caller(actor) = Caller::from_request_parts(&mut parts, &state).await?;
        actor.require(permission)?;
        let is_person = matches!(actor.who, Who::Person { .. });
        parts.extensions.insert(actor);
        if is_person && matches!(need, Proved(_)) {
            let Person(visitor) = Person::from_request_parts(&mut parts, &state).await?;
            state.app.require_proof(&visitor)?;
        }
    }
    let is_write = !parts.method.is_safe() && !READS.iter().any(|read| path == Some(read));
    let network = caller_network(&parts, &state);
    let work = next.run(Request::from_parts(parts, body));
    let (response, is_noted) = audit::within(network, work).await;
    // What is answered again was noted when it was done.
    let is_new = response.status().is_success() && !once::is_replay(&response);
    debug_assert!(
        is_noted || !is_write || !is_new,
        "a write has no entry in the audit log"
    );
    Ok(response)
}

pub(crate) fn need_of(method: &Method, path: &str) -> Option<Need> {
    // A HEAD is answered by the handler of the GET.
    let method = if method == Method::HEAD {
        "GET"
    } else {
        method.as_str()
    };
    let mut needs = NEEDS.iter();
    let (.., need) = needs.find(|(verb, known, _)| *verb == method && *known == path)?;
    Some(*need)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_documented_endpoint_says_what_it_needs() {
        let document: serde_json::Value = serde_json::from_str(&crate::openapi()).unwrap();
        let mut documented = BTreeSet::new();
        for (path, item) in document["paths"].as_object().unwrap() {
            for method in ["get", "post", "put", "patch", "delete"] {
                if item.get(method).is_some() {
                    let path = path.strip_prefix(BASE).unwrap();
                    documented.insert((method.to_uppercase(), path.to_owned()));
                }
            }
        }
        let known: BTreeSet<(String, String)> = NEEDS
            .iter()
            .map(|(method, path, _)| ((*method).to_owned(), (*path).to_owned()))
            .collect();
        assert_eq!(known, documented);
        assert_eq!(known.len(), NEEDS.len());
    }

    #[test]
    fn only_getting_in_is_open() {
        let open = NEEDS.iter().filter(|(.., need)| *need == Anyone);
        let open: Vec<&str> = open.map(|(_, path, _)| *path).collect();
        let known = [
            "/email-verifications/redeem",
            "/invitations/preview",
            "/invitations/redeem",
            "/password-resets",
            "/password-resets/redeem",
            "/sessions",
            "/sessions/passkey",
            "/sessions/passkey/challenge",
            "/sessions/provider",
            "/sessions/provider/challenge",
            "/setup",
            "/setup",
            "/share-links/open",
        ];
        assert_eq!(open, known);
    }
}
