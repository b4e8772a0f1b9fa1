use super::connect;
use crate::client::blocking::Enrolled;
use crate::client::calls::{self, checked};
use crate::client::{ClientConfig, ClientError, tls};
use crate::enrol::{
    ClientKey, EnrolOutcome, Identity, TrustAnchors, cacerts_request, judge, request, request_body,
};
use crate::exchange::{Answer, Request};
use crate::registration_key::RegistrationKey;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Registers as [`crate::client::blocking::enrol`] does.
///
/// # Errors
/// See [`ClientError`]; an unknown, used or expired key is [`crate::enrol::EnrolError::KeyRefused`].
pub async fn enrol(
    config: &ClientConfig,
    registration: &RegistrationKey,
    key: &ClientKey,
) -> Result<Enrolled, ClientError> {
    let config = ClientConfig { server: registration.server.clone(), ..config.clone() };
    let answer = once(&config, &tls::unchecked(&config)?, &cacerts_request()).await?;
    let anchors = TrustAnchors::from_cacerts(&answer, registration.pin)?;
    let body = request_body(key)?;
    let request = request(&registration.key, &body, &anchors);
    let answer = once(&config, &tls::server_only(&config, &anchors)?, &request).await?;
    Ok(match judge(&answer, key, &calls::issuers(&config, &anchors, &[], None))? {
        EnrolOutcome::AskAgain(wait) => Enrolled::AskAgain(wait),
        // It takes no other's place, so it is kept though it may be of use later only.
        EnrolOutcome::Issued(client, chain) | EnrolOutcome::IssuedEarly(client, chain, _) => {
            Enrolled::Issued(Box::new(Identity { client, chain, key: key.duplicate(), anchors }))
        }
    })
}

/// One exchange on a connection of its own.
async fn once(
    config: &ClientConfig,
    tls: &Arc<rustls::ClientConfig>,
    request: &Request<'_>,
) -> Result<Answer, ClientError> {
    let began = Instant::now();
    let exchange = async {
        let mut connection = connect::open(config, tls).await?;
        let exchanged = connection.exchange(config, request, Duration::ZERO).await;
        let (answer, _) = exchanged
            .map_err(|failure| failure.error)
            .inspect_err(|error| connection.ended(config, error))?;
        checked(config, request, answer)
    };
    let result = exchange.await;
    config.told(request, began.elapsed(), result)
}
