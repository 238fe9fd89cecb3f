//! What a sender said of a lead, checked field by field.

use base::{Country, ImportId, Traffic, UnixMillis, UserId, VisitId, VisitorId};
use domain::contact::{Email, Phone};
use domain::lead::LeadStatus;
use domain::source::{canonical_source, channel_of_tags};
use serde_json::{Map, Value};
use store::LeadRequestId;
use store::leads::RAW_CLICK_FIELD;
use store::workspaces::WorkspaceDetails;

use super::{AHEAD_MS_MAX, Clues, LeadInput};
use crate::{AppError, FieldError};

const ID_CHARS_MAX: usize = 200;
const SHORT_CHARS_MAX: usize = 300;
const LONG_CHARS_MAX: usize = 2_000;
const MESSAGE_CHARS_MAX: usize = 20_000;
const FIELDS_MAX: usize = 200;

/// A lead that may be saved.
#[derive(Debug, Clone)]
pub(crate) struct Draft {
    pub(crate) external_id: Option<String>,
    pub(crate) at: UnixMillis,
    /// The moment was given, not taken from the clock.
    pub(crate) is_dated: bool,
    pub(crate) name: String,
    /// As it was given.
    pub(crate) phone_text: String,
    pub(crate) phone: Option<Phone>,
    pub(crate) email_text: String,
    pub(crate) email: Option<Email>,
    pub(crate) message: String,
    pub(crate) fields: Map<String, Value>,
    pub(crate) form: String,
    pub(crate) page: String,
    pub(crate) clues: Clues,
    pub(crate) status: LeadStatus,
    /// Whoever is responsible, as a file names them, and the member that this is.
    pub(crate) responsible: String,
    pub(crate) assignee: Option<UserId>,
    pub(crate) request: Option<LeadRequestId>,
    pub(crate) import: Option<ImportId>,
}

/// Collects what is wrong with several fields.
#[derive(Debug, Default)]
pub(crate) struct Texts(pub(crate) Vec<FieldError>);

impl Texts {
    pub(crate) fn wrong(&mut self, field: &'static str, code: &'static str, detail: String) {
        self.0.push(FieldError {
            field: field.into(),
            row: None,
            code,
            detail,
        });
    }

    /// The trimmed text, which must not be longer than `chars_max`.
    pub(crate) fn text(&mut self, field: &'static str, text: &str, chars_max: usize) -> String {
        let text = text.trim();
        if text.chars().count() > chars_max {
            self.wrong(
                field,
                "too_long",
                format!("use at most {chars_max} characters"),
            );
            return String::new();
        }
        text.to_owned()
    }

    /// An id in base 32; nothing for empty text.
    pub(crate) fn id<T: std::str::FromStr>(
        &mut self,
        field: &'static str,
        text: &str,
    ) -> Option<T> {
        let text = text.trim();
        if text.is_empty() {
            return None;
        }
        let id = text.parse().ok();
        if id.is_none() {
            let detail = "use the 13 letters and digits that the page script gave".to_owned();
            self.wrong(field, "not_an_id", detail);
        }
        id
    }

    /// # Errors
    /// When anything was wrong.
    pub(crate) fn finish(self) -> Result<(), AppError> {
        if self.0.is_empty() {
            Ok(())
        } else {
            Err(AppError::Invalid(self.0))
        }
    }
}

/// # Errors
/// When fields are wrong; all of them are named.
pub(super) fn checked(
    input: LeadInput,
    workspace: &WorkspaceDetails,
    now: UnixMillis,
) -> Result<Draft, AppError> {
    let mut texts = Texts::default();
    let external_id = texts.text("external_id", &input.external_id, ID_CHARS_MAX);
    let phone_text = texts.text("phone", &input.phone, SHORT_CHARS_MAX);
    let email_text = texts.text("email", &input.email, SHORT_CHARS_MAX);
    let click = texts.text("click_id", &input.click_id, SHORT_CHARS_MAX);
    let source = texts.text("source", &input.source, SHORT_CHARS_MAX);
    let medium = texts.text("medium", &input.medium, SHORT_CHARS_MAX);
    let campaign = texts.text("campaign", &input.campaign, SHORT_CHARS_MAX);
    let at = moment(&mut texts, "at", &input.at, now).unwrap_or(now);
    if input.fields.len() > FIELDS_MAX {
        texts.wrong("fields", "too_many", format!("at most {FIELDS_MAX} fields"));
    }
    let draft = Draft {
        external_id: (!external_id.is_empty()).then_some(external_id),
        at,
        is_dated: !input.at.trim().is_empty(),
        name: texts.text("name", &input.name, SHORT_CHARS_MAX),
        phone: phone_of(&phone_text, workspace),
        phone_text,
        email: Email::parse(&email_text).ok(),
        email_text,
        message: texts.text("message", &input.message, MESSAGE_CHARS_MAX),
        fields: with_click(input.fields, &click),
        form: texts.text("form", &input.form, SHORT_CHARS_MAX),
        page: texts.text("page", &input.page, LONG_CHARS_MAX),
        clues: Clues {
            visit: texts.id::<VisitId>("visit", &input.visit),
            click: (!click.is_empty()).then_some(click),
            visitor: texts.id::<VisitorId>("visitor", &input.visitor),
            declared: traffic_of(&source, &medium, &campaign),
        },
        status: LeadStatus::New,
        responsible: String::new(),
        assignee: None,
        request: None,
        import: None,
    };
    let says_something = draft.external_id.is_some()
        || draft.clues.visit.is_some()
        || draft.clues.click.is_some()
        || [
            &draft.name,
            &draft.phone_text,
            &draft.email_text,
            &draft.message,
        ]
        .iter()
        .any(|text| !text.is_empty());
    if !says_something && texts.0.is_empty() {
        let detail = "give at least a phone, an e-mail, a name or a message".to_owned();
        texts.wrong("phone", "required", detail);
    }
    texts.finish()?;
    Ok(draft)
}

/// The number in its normal form, if it is one; the text as it was given is kept beside it.
pub(crate) fn phone_of(text: &str, workspace: &WorkspaceDetails) -> Option<Phone> {
    Phone::parse(text, Country::from_code(&workspace.default_country)).ok()
}

/// A moment that is not in the future; nothing for empty text.
pub(crate) fn moment(
    texts: &mut Texts,
    field: &'static str,
    text: &str,
    now: UnixMillis,
) -> Option<UnixMillis> {
    if text.trim().is_empty() {
        return None;
    }
    let Some(at) = UnixMillis::parse_rfc3339(text.trim()) else {
        let detail = "use a time with an offset, such as 2026-11-22T10:30:00+01:00".to_owned();
        texts.wrong(field, "not_a_time", detail);
        return None;
    };
    if at.since_ms(now) > AHEAD_MS_MAX {
        texts.wrong(
            field,
            "in_the_future",
            "this moment has not come yet".to_owned(),
        );
        return None;
    }
    // Nobody had leads before 1970; a wrong unit gives such dates.
    if at.0 < 0 {
        texts.wrong(field, "out_of_range", "use a time after 1970".to_owned());
        return None;
    }
    Some(at.min(now))
}

/// The tuple of a source given by hand, with the channel that a visit with these tags has.
fn traffic_of(source: &str, medium: &str, campaign: &str) -> Option<Traffic> {
    let traffic = Traffic {
        source: canonical_source(source).into_owned(),
        medium: medium.to_owned(),
        campaign: campaign.to_owned(),
        default_channel: channel_of_tags(source, medium, campaign).to_owned(),
        ..Traffic::default()
    };
    (!traffic.is_direct()).then_some(traffic)
}

fn with_click(mut fields: Map<String, Value>, click: &str) -> Map<String, Value> {
    if !click.is_empty() {
        fields.insert(RAW_CLICK_FIELD.to_owned(), Value::String(click.to_owned()));
    }
    fields
}
