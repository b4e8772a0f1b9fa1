//! The ping of *troubleshoot*: ICMP echo, where the operating system lets this process send one.

use remote_services_collect::action::Ping;
use std::net::IpAddr;
use std::time::Duration;
use surge_ping::{Client, Config, ICMP, PingIdentifier, PingSequence, SurgeError};

/// Sends one echo request and waits for the answer.
#[must_use]
pub fn ping(host: IpAddr, timeout: Duration) -> Ping {
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return Ping::NotAllowed(error.to_string()),
    };
    runtime.block_on(async {
        let kind = if host.is_ipv4() { ICMP::V4 } else { ICMP::V6 };
        let client = match Client::new(&Config::builder().kind(kind).build()) {
            Ok(client) => client,
            Err(error) => return Ping::NotAllowed(first_sentence(&error)),
        };
        let identifier = u16::try_from(std::process::id() & 0xFFFF).unwrap_or(1);
        let mut pinger = client.pinger(host, PingIdentifier(identifier)).await;
        pinger.timeout(timeout);
        match pinger.ping(PingSequence(0), &[0; 32]).await {
            Ok((_, after)) => Ping::Answered(after),
            Err(SurgeError::IOError(error)) => Ping::NotAllowed(first_sentence(&error)),
            Err(_) => Ping::Silent,
        }
    })
}

/// Of an error that goes on to give advice: the error.
fn first_sentence(error: &dyn std::fmt::Display) -> String {
    let text = error.to_string();
    text.split(['.', '\n']).next().unwrap_or_default().trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_is_told_without_the_advice_behind_it() {
        let error = "Permission denied creating ICMP socket. On Linux, you may need to:\n1. change a setting";
        assert_eq!(first_sentence(&error), "Permission denied creating ICMP socket");
    }
}
