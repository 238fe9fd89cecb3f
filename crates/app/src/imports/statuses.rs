//! Statuses of a file of deals that nobody has mapped yet: until then their deals count nowhere.

use std::collections::BTreeMap;

use domain::deal::{StatusGroup, StatusMap, guess_group};

use super::plan::ImportOptions;
use super::preview::PreviewWarning;
use crate::statuses::check_statuses;
use crate::{Actor, AppError, Permission};

/// A status of the file that the workspace does not know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PreviewStatus {
    pub status: String,
    pub rows: u64,
    /// What the options say that it stands for.
    pub group: Option<StatusGroup>,
    /// What the word most likely stands for.
    pub suggested: Option<StatusGroup>,
}

pub(super) fn told(found: BTreeMap<String, u64>, options: &ImportOptions) -> Vec<PreviewStatus> {
    let groups = options.status_groups().into_iter().flatten();
    let groups: StatusMap = groups
        .map(|(status, group)| (status.clone(), *group))
        .collect();
    let told = |(status, rows): (String, u64)| PreviewStatus {
        group: groups.group(&status),
        suggested: guess_group(&status),
        status,
        rows,
    };
    found.into_iter().map(told).collect()
}

/// Where some of them are still open.
pub(super) fn warning(statuses: &[PreviewStatus]) -> Option<PreviewWarning> {
    let open: Vec<&PreviewStatus> = statuses
        .iter()
        .filter(|told| told.group.is_none())
        .collect();
    let rows = open.iter().map(|told| told.rows).sum();
    let words = open.iter().map(|told| match told.suggested {
        Some(group) => format!("{:?} (perhaps {})", told.status, group.name()),
        None => format!("{:?}", told.status),
    });
    let words: Vec<String> = words.collect();
    let begin = match words.len() {
        0 => return None,
        1 => "1 status counts nowhere yet".to_owned(),
        count => format!("{count} statuses count nowhere yet"),
    };
    Some(PreviewWarning {
        rows: Some(rows),
        ..PreviewWarning::new(
            "unmapped_statuses",
            format!("{begin}: {}", words.join(", ")),
        )
    })
}

/// Whoever says with a file what statuses mean may say it without one.
///
/// # Errors
/// When the actor may not, or a status is none.
pub(super) fn check(actor: &Actor, options: &ImportOptions) -> Result<(), AppError> {
    let Some(groups) = options.status_groups().filter(|groups| !groups.is_empty()) else {
        return Ok(());
    };
    actor.require(Permission::EditMoneyRules)?;
    let items = groups
        .iter()
        .map(|(status, group)| (status.clone(), *group));
    check_statuses(&items.collect::<Vec<_>>())
}
