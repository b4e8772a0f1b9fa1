use super::connect;
use super::connection::Connection;
use super::hang_up::HangUp;
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
    pub(super) fn exchange(&self, request: &Request<'_>, patience: Duration) -> Result<Answer, ClientError> {
        self.exchange_unless(request, patience, &HangUp::new())
    }

    /// The same, unless somebody hangs up.
    pub(super) fn exchange_unless(
        &self,
        request: &Request<'_>,
        patience: Duration,
        hang_up: &HangUp,
    ) -> Result<Answer, ClientError> {
        let began = Instant::now();
        let result = self.carry_out(request, patience, hang_up);
        hang_up.end();
        let result = match result {
            Err(_) if hang_up.is_hung_up() => {
                Err(ClientError::HungUp { peer: self.config.server().authority() })
            }
            result => result,
        };
        self.config.told(request, began.elapsed(), result)
    }

    fn carry_out(
        &self,
        request: &Request<'_>,
        patience: Duration,
        hang_up: &HangUp,
    ) -> Result<Answer, ClientError> {
        let hung_up = || ClientError::HungUp { peer: self.config.server().authority() };
        let begin =
            |connection: &Connection| hang_up.begin(connection.tcp()).then_some(()).ok_or_else(hung_up);
        if hang_up.is_hung_up() {
            return Err(hung_up());
        }
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).take();
        let mut connection = match idle {
            Some(connection) if !connection.is_old() => connection,
            _ => connect::open(&self.config, &self.tls)?,
        };
        begin(&connection)?;
        let result = match connection.exchange(&self.config, request, patience) {
            Err(failure) if failure.stale && !hang_up.is_hung_up() => {
                connection = connect::open(&self.config, &self.tls)?;
                begin(&connection)?;
                connection.exchange(&self.config, request, patience)
            }
            result => result,
        };
        let (answer, reusable) = result.map_err(|failure| {
            if !hang_up.is_hung_up() {
                connection.ended(&self.config, &failure.error);
            }
            failure.error
        })?;
        hang_up.end();
        if reusable && !hang_up.is_hung_up() {
            *self.idle.lock().unwrap_or_else(PoisonError::into_inner) = Some(connection);
        }
        calls::checked(&self.config, request, answer)
    }
}
