use super::connect;
use super::connection::Connection;
use crate::client::{ClientConfig, ClientError, calls};
use crate::exchange::{Answer, Request};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// A server that requests are sent to, as who the TLS settings say, with one connection that is kept.
pub(super) struct Origin {
    pub(super) config: ClientConfig,
    tls: Arc<rustls::ClientConfig>,
    idle: Mutex<Option<Connection>>,
}

impl Origin {
    pub(super) fn new(config: ClientConfig, tls: Arc<rustls::ClientConfig>) -> Self {
        Self { config, tls, idle: Mutex::default() }
    }

    /// Carries out one request. `patience` is added to the wait for the answer.
    pub(super) async fn exchange(
        &self,
        request: &Request<'_>,
        patience: Duration,
    ) -> Result<Answer, ClientError> {
        let began = Instant::now();
        let result = self.carry_out(request, patience).await;
        self.config.told(request, began.elapsed(), result)
    }

    async fn carry_out(&self, request: &Request<'_>, patience: Duration) -> Result<Answer, ClientError> {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).take();
        let mut connection = match idle {
            Some(connection) if !connection.is_old() => connection,
            _ => connect::open(&self.config, &self.tls).await?,
        };
        let result = match connection.exchange(&self.config, request, patience).await {
            Err(failure) if failure.stale => {
                connection = connect::open(&self.config, &self.tls).await?;
                connection.exchange(&self.config, request, patience).await
            }
            result => result,
        };
        let (answer, reusable) = result
            .map_err(|failure| failure.error)
            .inspect_err(|error| connection.ended(&self.config, error))?;
        if reusable {
            *self.idle.lock().unwrap_or_else(PoisonError::into_inner) = Some(connection);
        }
        calls::checked(&self.config, request, answer)
    }
}
