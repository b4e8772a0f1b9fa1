use super::{ClientConfig, ClientError};
use crate::exchange::{Answer, Method, Request};
use std::time::Duration;

/// One exchange with a server after it ended, as whoever watches is told of it: no header field, nothing of a body, no query.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Exchange<'a> {
    /// Method.
    pub method: Method,
    /// Whom it was with, as `HOST:PORT`.
    pub peer: &'a str,
    /// What it was about, on that server, without a query.
    pub path: &'a str,
    /// The status of the answer, or why there was none that could be used.
    pub outcome: Result<u16, &'a ClientError>,
    /// Octets of the request's body.
    pub sent: u64,
    /// Octets of the answer's body; 0 when it could not be used.
    pub received: u64,
    /// From its beginning, a connection that had to be made first included, to its end.
    pub duration: Duration,
}

/// Hears of every exchange once it ended, such as to write a log of them. It is called on the thread, or by the task, that
/// carried the exchange out, which waits meanwhile.
pub trait Observe: Send + Sync {
    /// This exchange ended.
    fn exchanged(&self, exchange: &Exchange<'_>);
}

impl<F: Fn(&Exchange<'_>) + Send + Sync> Observe for F {
    fn exchanged(&self, exchange: &Exchange<'_>) {
        self(exchange);
    }
}

impl ClientConfig {
    /// Tells whoever watches of an exchange that took so long, and gives back what it came to.
    pub(super) fn told(
        &self,
        request: &Request<'_>,
        duration: Duration,
        result: Result<Answer, ClientError>,
    ) -> Result<Answer, ClientError> {
        if let Some(observer) = &self.observer {
            observer.exchanged(&Exchange {
                method: request.method,
                peer: &self.server.authority(),
                path: request.path.split('?').next().unwrap_or_default(),
                outcome: result.as_ref().map(|answer| answer.status),
                sent: request.body.map_or(0, |body| body.length()),
                received: result.as_ref().map_or(0, |answer| answer.body.len() as u64),
                duration,
            });
        }
        result
    }
}
