//! The operator's side of the server, by its HTTP API, as any program would use it.

use crate::failure::{Context, Failure};
use serde_json::{Value, json};
use std::time::Duration;
use ureq::Agent;
use uuid::Uuid;

/// A program that acts for the operator.
pub(super) struct Operator {
    http: Agent,
    url: String,
    token: String,
}

impl Operator {
    /// An operator with this bearer token.
    #[must_use]
    pub(super) fn new(url: &str, token: &str) -> Self {
        let config =
            Agent::config_builder().timeout_global(Some(Duration::from_secs(30))).http_status_as_error(false);
        Self { http: config.build().into(), url: url.to_owned(), token: token.to_owned() }
    }

    /// `GET /api/v1/…`
    ///
    /// # Errors
    /// When the server does not answer 200 with JSON.
    pub(super) fn get(&self, path: &str) -> Result<Value, Failure> {
        let request = self.http.get(format!("{}/api/v1/{path}", self.url));
        let mut answer = request
            .header("authorization", format!("Bearer {}", self.token))
            .call()
            .context("the operator's API")?;
        if answer.status() != 200 {
            return Err(Failure::failed(format_args!(
                "the operator's API answered {path} with {}",
                answer.status()
            )));
        }
        answer.body_mut().with_config().limit(MAX_ANSWER).read_json().context("the operator's API")
    }

    /// Queues a command and gives its name.
    ///
    /// # Errors
    /// When the server does not take it.
    pub(super) fn queue(
        &self,
        client: Uuid,
        device: &str,
        action: &str,
        reason: &str,
    ) -> Result<Uuid, Failure> {
        let wish = json!({"client": client, "device": device, "action": action, "reason": reason});
        let mut answer = self
            .http
            .post(format!("{}/api/v1/commands", self.url))
            .header("authorization", format!("Bearer {}", self.token))
            .send_json(&wish)
            .context("the operator's API")?;
        if answer.status() != 201 {
            let body = answer.body_mut().read_to_string().unwrap_or_default();
            return Err(Failure::failed(format_args!(
                "the operator's API refused the command {action}: {body}"
            )));
        }
        let view: Value = answer.body_mut().read_json().context("the operator's API")?;
        view["id"]
            .as_str()
            .and_then(|id| id.parse().ok())
            .ok_or_else(|| Failure::failed("a command without a name"))
    }
}

/// Octets of the longest answer: a thousand devices with all their documents.
const MAX_ANSWER: u64 = 256 << 20;
