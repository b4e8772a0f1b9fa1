//! Hybrid post-quantum key exchange, where both ends can; and what the FIPS module approves.

#![cfg(feature = "aws-lc-rs")]
#![allow(clippy::unwrap_used, reason = "a test that fails may as well fail there")]

mod support;

use remote_services_transport::client::blocking::Client;
use remote_services_transport::client::{ClientConfig, ClientError, PostQuantum, TlsSettings};
use remote_services_transport::exchange::{Method, Request};
use remote_services_transport::registration_key::ServerUrl;
use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::{NamedGroup, ServerConfig};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use support::{Authority, Loopback, Server, answer};

/// The group in which keys were exchanged with a server of this provider.
fn negotiated(server: CryptoProvider, switch: PostQuantum) -> NamedGroup {
    let authority = Authority::new();
    let (certificate, key) = authority.server("localhost", |_| {});
    let key = rustls_pki_types::PrivatePkcs8KeyDer::from(key.serialize_der());
    let tls = ServerConfig::builder_with_provider(Arc::new(server))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.into()], key.into())
        .unwrap();
    let seen = Arc::new(Mutex::new(None));
    let note = Arc::clone(&seen);
    let server = Server::start(Arc::new(tls), move |_, tls| {
        let group = tls.get_ref().conn.negotiated_key_exchange_group();
        *note.lock().unwrap() = group.map(rustls::crypto::SupportedKxGroup::name);
        answer(tls, 200, "", b"")
    });
    let url = ServerUrl::new("localhost", server.listener.address.port()).unwrap();
    let config = ClientConfig::new(url, Arc::new(aws_lc_rs::default_provider()))
        .with_resolver(Arc::new(Loopback))
        .with_tls(TlsSettings::default().with_post_quantum(switch));
    let client = Client::new(config, &authority.client()).unwrap();
    assert_eq!(client.exchange(&Request::new(Method::Get, "/"), Duration::ZERO).unwrap().status, 200);
    let group = *seen.lock().unwrap();
    group.unwrap()
}

#[test]
fn keys_are_exchanged_by_both_kinds_of_mathematics_where_both_ends_can() {
    let both = negotiated(aws_lc_rs::default_provider(), PostQuantum::On);
    assert_eq!(both, NamedGroup::X25519MLKEM768);
}

#[test]
fn a_server_that_cannot_is_reached_all_the_same_and_the_switch_turns_it_off() {
    let curves = [NamedGroup::X25519, NamedGroup::secp256r1, NamedGroup::secp384r1];
    assert!(curves.contains(&negotiated(rustls::crypto::ring::default_provider(), PostQuantum::On)));
    assert!(curves.contains(&negotiated(aws_lc_rs::default_provider(), PostQuantum::Off)));
}

#[test]
fn the_report_names_the_module_and_fips_is_refused_by_what_is_none() {
    let url = ServerUrl::new("localhost", 1).unwrap();
    let config = ClientConfig::new(url, Arc::new(aws_lc_rs::default_provider()))
        .with_tls(TlsSettings::default().with_fips(true));
    let report = config.tls_report();
    assert_eq!((report.module.as_str(), report.fips_mode), ("AWS-LC", cfg!(feature = "fips")));
    assert!(report.to_string().contains("X25519MLKEM768: "), "{report}");
    let client = Client::new(config, &Authority::new().client());
    if cfg!(feature = "fips") {
        assert!(client.is_ok() && report.not_approved().is_empty(), "{report}");
        assert!(report.version.contains("FIPS module"), "{report}");
    } else {
        assert!(matches!(client.err(), Some(ClientError::NotFips(_))), "{report}");
    }
}
