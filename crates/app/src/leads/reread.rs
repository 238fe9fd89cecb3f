//! Requests that a stopped program had taken in, but not come to.

use base::WorkspaceId;
use serde_json::Value;
use store::LeadRequestId;
use store::idempotency::{self, Request};
use store::lead_requests::{self, LeadRequest};
use store::reach::Reach;

use super::{LeadInput, RawLead};
use crate::{Actor, App, AppError};

const REREAD_ROWS_MAX: i64 = 200;

impl App {
    /// The newest request that is stored. Before the doors are opened, whatever waits up to it was
    /// left behind; what comes later is in the hands of whoever took it in.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn newest_lead_request(&self) -> Result<LeadRequestId, AppError> {
        let mut connection = self.inner.store.read().await?;
        Ok(lead_requests::load_newest_lead_request(&mut connection).await?)
    }

    /// Judges requests up to `last` that were stored and never finished; returns how many. One that
    /// cannot be judged stays and is told in the log.
    ///
    /// # Errors
    /// When the store is not able to do it now; the rest is judged by the next call.
    pub async fn reread_lead_requests(
        &self,
        last: LeadRequestId,
        read: impl Fn(&RawLead) -> Result<LeadInput, AppError> + Send + Sync,
    ) -> Result<usize, AppError> {
        let mut reread = 0;
        let mut after = LeadRequestId(0);
        loop {
            let mut connection = self.inner.store.read().await?;
            let span = (after, last);
            let open =
                lead_requests::list_open_lead_requests(&mut connection, span, REREAD_ROWS_MAX)
                    .await?;
            drop(connection);
            if open.is_empty() {
                return Ok(reread);
            }
            for request in open {
                after = request.id;
                match Box::pin(self.reread(request, &read)).await {
                    Ok(()) => reread += 1,
                    Err(error @ AppError::Unavailable { .. }) => return Err(error),
                    Err(error) => {
                        let error = format!("{:#}", anyhow::Error::from(error));
                        tracing::error!(request = after.0, error, "left a stored lead unread");
                    }
                }
            }
        }
    }

    async fn reread(
        &self,
        request: LeadRequest,
        read: &(impl Fn(&RawLead) -> Result<LeadInput, AppError> + Send + Sync),
    ) -> Result<(), AppError> {
        let workspace: WorkspaceId = request.workspace_id;
        let headers = match request.headers {
            Value::Object(headers) => headers,
            _ => serde_json::Map::new(),
        };
        let door = if request.door == "form" {
            "form"
        } else {
            "api"
        };
        let input = read(&RawLead {
            door,
            body: request.body,
            headers,
        });
        let judged = match input {
            Ok(mut input) => {
                // The lead came when its request did, not when the program started again.
                if input.at.is_empty() {
                    input.at = request.received_at.rfc3339();
                }
                let system = Actor::system(workspace);
                let judging = Box::pin(self.judge(&system, &Reach::WHOLE, input, request.id));
                match request.request_key {
                    Some(key) => idempotency::within(Request { workspace, key }, judging).await,
                    None => judging.await,
                }
            }
            Err(error) => Err(error),
        };
        match judged {
            Ok(_) => Ok(()),
            // The sender hung up, came again with its key, and that try made the lead.
            Err(error @ (AppError::Invalid(_) | AppError::Conflict { .. })) => {
                self.refuse_request(workspace, request.id, Some(&error))
                    .await
            }
            Err(error) => Err(error),
        }
    }
}
