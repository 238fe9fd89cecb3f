//! Telling the audit log that everything leaves the house.

use base::{Day, DayRange};
use serde_json::json;

use crate::audit::Act;
use crate::{Actor, App, AppError};

impl App {
    /// Notes that somebody at the machine takes along what a workspace holds, with facts of these
    /// days.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn note_data_export(
        &self,
        actor: &Actor,
        days: Option<DayRange>,
    ) -> Result<(), AppError> {
        let told = |day: Day| (day.0 != i32::MIN && day.0 != i32::MAX).then(|| day.to_string());
        let mut details = json!({});
        if let Some(days) = days {
            details["from"] = json!(told(days.first));
            details["to"] = json!(told(days.last));
        }
        let mut tx = self.inner.store.begin().await?;
        self.note(&mut tx, actor, Act::DataExported, "", details)
            .await?;
        Ok(tx.commit().await?)
    }
}
