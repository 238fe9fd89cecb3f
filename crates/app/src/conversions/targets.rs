//! Conversion targets: what an ad platform is told of, under which name and of what worth.

use base::{Currency, Money, TimeZone, parse_decimal_micros, safe_cell};
use domain::conversion::{ConversionEvent, ConversionValue, Platform};
use serde_json::json;
use store::conversions::{self, ConversionTarget, ConversionTargetDetails};
use store::workspaces::{self, Workspace};
use store::{ConversionTargetId, Page, PageRequest};

use super::require;
use crate::audit::{Act, changes};
use crate::deals::AMOUNT_MICROS_MAX;
use crate::{Actor, App, AppError};

const CONVERSION_CHARS_MAX: usize = 100;

/// What somebody says of a target. Empty text means that the part was not given.
#[derive(Debug, Clone, Default)]
pub struct ConversionTargetInput {
    pub platform: String,
    pub event: String,
    pub conversion: String,
    pub value: String,
    /// Decimal number, for a value that is the same each time.
    pub fixed_value: String,
    /// The workspace's when empty.
    pub currency: String,
    /// The workspace's when empty.
    pub time_zone: String,
}

/// What changes about a target; `None` stays as it is. Platform and event never change: what was
/// told of the one is not told of another.
#[derive(Debug, Clone, Default)]
pub struct ConversionTargetPatch {
    pub conversion: Option<String>,
    pub value: Option<String>,
    pub fixed_value: Option<String>,
    pub currency: Option<String>,
    pub time_zone: Option<String>,
}

impl App {
    /// Newest first.
    ///
    /// # Errors
    /// When the actor may not, or the store fails.
    pub async fn conversion_targets(
        &self,
        actor: &Actor,
        page: PageRequest,
    ) -> Result<Page<ConversionTarget>, AppError> {
        require(actor)?;
        let mut connection = self.inner.store.read().await?;
        let workspace = actor.workspace;
        Ok(conversions::list_conversion_targets(&mut connection, workspace, page).await?)
    }

    /// # Errors
    /// When the actor may not, or there is no such target in use.
    pub async fn conversion_target(
        &self,
        actor: &Actor,
        id: ConversionTargetId,
    ) -> Result<ConversionTarget, AppError> {
        require(actor)?;
        let mut connection = self.inner.store.read().await?;
        super::bench::target_in_use(&mut connection, actor, id).await
    }

    /// # Errors
    /// When the actor may not, or a field is wrong.
    pub async fn create_conversion_target(
        &self,
        actor: &Actor,
        input: &ConversionTargetInput,
    ) -> Result<ConversionTarget, AppError> {
        require(actor)?;
        let mut tx = self.inner.store.begin_work().await?;
        let workspace = workspaces::load_workspace(&mut tx, actor.workspace).await?;
        let details = checked(input, &workspace)?;
        let id =
            conversions::insert_conversion_target(&mut tx, actor.workspace, self.now(), &details)
                .await?;
        tx.set_made(id.0);
        let told = json!({"platform": details.platform, "event": details.event});
        self.note(&mut tx, actor, Act::ConversionTargetCreated, id, told)
            .await?;
        let target = conversions::load_conversion_target(&mut tx, actor.workspace, id).await?;
        tx.commit().await?;
        Ok(target)
    }

    /// # Errors
    /// When the actor may not, a field is wrong, or somebody changed it meanwhile.
    pub async fn update_conversion_target(
        &self,
        actor: &Actor,
        (id, version): (ConversionTargetId, i64),
        patch: ConversionTargetPatch,
    ) -> Result<ConversionTarget, AppError> {
        require(actor)?;
        let mut tx = self.inner.store.begin().await?;
        let current = super::bench::target_in_use(&mut tx, actor, id).await?;
        let workspace = workspaces::load_workspace(&mut tx, actor.workspace).await?;
        let details = checked(&patch.on(&current.details), &workspace)?;
        let at = (id, version);
        conversions::update_conversion_target(&mut tx, actor.workspace, at, &details).await?;
        let told = changes(&current.details, &details);
        self.note(&mut tx, actor, Act::ConversionTargetChanged, id, told)
            .await?;
        let target = conversions::load_conversion_target(&mut tx, actor.workspace, id).await?;
        tx.commit().await?;
        Ok(target)
    }

    /// Takes a target out of use; what was told stays in the log.
    ///
    /// # Errors
    /// When the actor may not, or somebody changed it meanwhile.
    pub async fn delete_conversion_target(
        &self,
        actor: &Actor,
        id: ConversionTargetId,
        version: i64,
    ) -> Result<(), AppError> {
        require(actor)?;
        let mut tx = self.inner.store.begin().await?;
        super::bench::target_in_use(&mut tx, actor, id).await?;
        let at = (id, version);
        conversions::archive_conversion_target(&mut tx, actor.workspace, at, self.now()).await?;
        self.note(&mut tx, actor, Act::ConversionTargetDeleted, id, json!({}))
            .await?;
        Ok(tx.commit().await?)
    }
}

impl ConversionTargetPatch {
    fn on(self, current: &ConversionTargetDetails) -> ConversionTargetInput {
        let fixed = match current.fixed_micros {
            0 => String::new(),
            micros => Money::new(micros, current.currency).decimal(),
        };
        let value = self.value.unwrap_or_else(|| current.value_kind.clone());
        // An amount that was meant for another kind of value goes with it.
        let kept = match value == ConversionValue::Fixed.name() {
            true => fixed,
            false => String::new(),
        };
        ConversionTargetInput {
            platform: current.platform.clone(),
            event: current.event.clone(),
            conversion: self
                .conversion
                .unwrap_or_else(|| current.conversion.clone()),
            value,
            fixed_value: self.fixed_value.unwrap_or(kept),
            currency: self
                .currency
                .unwrap_or_else(|| current.currency.to_string()),
            time_zone: self.time_zone.unwrap_or_else(|| current.time_zone.clone()),
        }
    }
}

fn checked(
    input: &ConversionTargetInput,
    workspace: &Workspace,
) -> Result<ConversionTargetDetails, AppError> {
    let wrong = |field: &'static str, detail: &str| AppError::invalid(field, "not_allowed", detail);
    let platform = Platform::from_name(&input.platform)
        .ok_or_else(|| wrong("platform", "there is no such platform"))?;
    let event = ConversionEvent::from_name(&input.event)
        .ok_or_else(|| wrong("event", "use \"lead\", \"qualified_lead\" or \"sale\""))?;
    let value = ConversionValue::from_name(&input.value)
        .ok_or_else(|| wrong("value", "use \"net\", \"gross\", \"fixed\" or \"none\""))?;
    if value.is_revenue() && event != ConversionEvent::Sale {
        return Err(wrong("value", "only a sale has revenue"));
    }
    let conversion = input.conversion.trim();
    if conversion.is_empty() {
        let detail = "say what the conversion is called at the platform";
        return Err(AppError::invalid("conversion", "required", detail));
    }
    if conversion.chars().count() > CONVERSION_CHARS_MAX || conversion.contains(char::is_control) {
        let detail = format!("at most {CONVERSION_CHARS_MAX} characters in one line");
        return Err(AppError::invalid("conversion", "too_long", detail));
    }
    if safe_cell(conversion) != conversion {
        let detail = "a name that begins with = + - or @ is run by spreadsheets: give it another \
                      name at the platform";
        return Err(AppError::invalid(
            "conversion",
            "runs_in_spreadsheets",
            detail,
        ));
    }
    let details = &workspace.details;
    let currency = match input.currency.trim() {
        "" => details.currency,
        text => currency(text)?,
    };
    Ok(ConversionTargetDetails {
        platform: platform.name().to_owned(),
        event: event.name().to_owned(),
        conversion: conversion.to_owned(),
        value_kind: value.name().to_owned(),
        fixed_micros: fixed(value, &input.fixed_value, currency)?,
        currency,
        time_zone: match input.time_zone.trim() {
            "" => details.time_zone.clone(),
            text => zone(text)?.name().to_owned(),
        },
    })
}

fn fixed(value: ConversionValue, text: &str, currency: Currency) -> Result<i64, AppError> {
    let text = text.trim();
    if value != ConversionValue::Fixed {
        return match text {
            "" => Ok(0),
            _ => {
                let detail = "an amount is for a value that is the same each time";
                Err(AppError::invalid("fixed_value", "not_allowed", detail))
            }
        };
    }
    match parse_decimal_micros(text) {
        Ok(micros) if (1..=AMOUNT_MICROS_MAX).contains(&micros) => {
            match Money::new(micros, currency).rounded().micros == micros {
                true => Ok(micros),
                false => {
                    let detail = format!("{currency} has {} decimals", currency.minor_digits());
                    Err(AppError::invalid(
                        "fixed_value",
                        "too_many_decimals",
                        detail,
                    ))
                }
            }
        }
        _ => {
            let detail = "use an amount above zero, such as 120.50";
            Err(AppError::invalid("fixed_value", "not_an_amount", detail))
        }
    }
}

fn currency(text: &str) -> Result<Currency, AppError> {
    let read = text.parse();
    read.map_err(|error| AppError::invalid("currency", "unknown", format!("{error}")))
}

fn zone(text: &str) -> Result<TimeZone, AppError> {
    let read = text.parse();
    read.map_err(|error| AppError::invalid("time_zone", "unknown", format!("{error}")))
}
