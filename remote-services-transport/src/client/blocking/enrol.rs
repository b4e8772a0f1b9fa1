use super::{StopFlag, connect};
use crate::client::calls::{self, checked};
use crate::client::{ClientConfig, ClientError, tls};
use crate::enrol::Identity;
use crate::enrol::{
    ClientKey, EnrolError, EnrolOutcome, TrustAnchors, cacerts_request, judge, request, request_body,
};
use crate::exchange::{Answer, Request};
use crate::registration_key::RegistrationKey;
use remote_services_core::backoff::Backoff;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// What one try to enrol brought.
pub enum Enrolled {
    /// The client has its certificate. To be stored by the caller.
    Issued(Box<Identity>),
    /// A person must agree first: call again with the same key after this wait.
    AskAgain(Duration),
}

/// Makes a key for a client, [`ClientKey::draw`]. Keep it before enrolling: with the same key a lost answer can be asked
/// for again.
///
/// # Errors
/// [`EnrolError::Randomness`] when whoever signs with it gives no random octets.
pub fn new_key() -> Result<ClientKey, EnrolError> {
    ClientKey::draw()
}

/// Registers with the server that the registration key names, by the other settings of `config`.
///
/// First the trust anchors are asked for and checked against the pin; only then is the one-time key sent, to a
/// server that leads to them.
///
/// # Errors
/// See [`ClientError`]; an unknown, used or expired key is [`EnrolError::KeyRefused`].
pub fn enrol(
    config: &ClientConfig,
    registration: &RegistrationKey,
    key: &ClientKey,
) -> Result<Enrolled, ClientError> {
    let config = ClientConfig { server: registration.server.clone(), ..config.clone() };
    let answer = once(&config, &tls::unchecked(&config)?, &cacerts_request())?;
    let anchors = TrustAnchors::from_cacerts(&answer, registration.pin)?;
    let body = request_body(key)?;
    let request = request(&registration.key, &body, &anchors);
    let answer = once(&config, &tls::server_only(&config, &anchors)?, &request)?;
    Ok(match judge(&answer, key, &calls::issuers(&config, &anchors, &[], None))? {
        EnrolOutcome::AskAgain(wait) => Enrolled::AskAgain(wait),
        // It takes no other's place, so it is kept though it may be of use later only.
        EnrolOutcome::Issued(client, chain) | EnrolOutcome::IssuedEarly(client, chain, _) => {
            Enrolled::Issued(Box::new(Identity { client, chain, key: key.duplicate(), anchors }))
        }
    })
}

/// Registers as [`enrol`] does, as soon as a network leads to the server and the server agrees: a device that is new
/// needs nobody to tell it when. `None` when the flag was set meanwhile. `progress` hears of each wait, and why.
///
/// # Errors
/// What waiting does not mend: the server's own word that it does not take the key, or what is wrong on this side. All else
/// is waited for, see [`ClientError::wait_to_enrol`].
pub fn enrol_when_reachable(
    config: &ClientConfig,
    registration: &RegistrationKey,
    key: &ClientKey,
    mut pace: Backoff,
    stop: &StopFlag,
    progress: &mut dyn FnMut(&str, Duration),
) -> Result<Option<Box<Identity>>, ClientError> {
    loop {
        let (why, wait) = match enrol(config, registration, key) {
            Ok(Enrolled::Issued(identity)) => return Ok(Some(identity)),
            Ok(Enrolled::AskAgain(wait)) => ("a person must agree first".to_owned(), wait),
            Err(error) => match error.wait_to_enrol(&mut pace, config.random()) {
                Some(wait) => (error.to_string(), wait),
                None => return Err(error),
            },
        };
        progress(&why, wait);
        if stop.wait(wait) {
            return Ok(None);
        }
    }
}

/// One exchange on a connection of its own.
fn once(
    config: &ClientConfig,
    tls: &Arc<rustls::ClientConfig>,
    request: &Request<'_>,
) -> Result<Answer, ClientError> {
    let began = Instant::now();
    let exchange = || {
        let mut connection = connect::open(config, tls)?;
        let exchanged = connection.exchange(config, request, Duration::ZERO).map_err(|failure| failure.error);
        let (answer, _) = exchanged.inspect_err(|error| connection.ended(config, error))?;
        checked(config, request, answer)
    };
    let result = exchange();
    config.told(request, began.elapsed(), result)
}
