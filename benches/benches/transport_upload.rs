//! A sealed payload of 5 KB sent over mutual TLS on a connection that is kept, beside rustls with the same octets.
#![allow(missing_docs, reason = "criterion's macros make undocumented functions")]
#![allow(clippy::unwrap_used, reason = "a bench that cannot be set up has nothing to measure")]

#[path = "../../remote-services-transport/tests/support/sealed.rs"]
mod sealed;
#[path = "../../remote-services-transport/tests/support/mod.rs"]
mod support;

use std::hint::black_box;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::sync::Arc;

use criterion::{Criterion, criterion_group, criterion_main};
use remote_services_core::time::Timestamp;
use remote_services_transport::client::blocking::Client;
use remote_services_transport::document::{ContentDigest, Receipt};
use remote_services_transport::exchange::Body;
use remote_services_transport::upload::UploadOutcome;
use rustls::{ClientConnection, RootCertStore, StreamOwned};
use sealed::sealed;
use support::{Authority, Server, answer, provider, server_tls};
use uuid::Uuid;

const UPLOAD: Uuid = Uuid::from_u128(9);

/// A server that reads everything and says of each body that it has it.
fn server(authority: &Authority, payload: &[u8]) -> (Server, Vec<u8>) {
    let digest = ContentDigest::of(payload);
    let receipt = Receipt { upload: UPLOAD, digest, stored_at: Timestamp::from_unix_seconds(1) };
    let receipt = serde_json::to_vec(&receipt).unwrap();
    let tls = server_tls(authority, false, authority.server("localhost", |_| {}));
    let said = receipt.clone();
    (Server::start(tls, move |_, tls| answer(tls, 201, "", &said)), receipt)
}

fn upload(criterion: &mut Criterion) {
    let authority = Authority::new();
    let payload = sealed(&[0x5A; 5_000]);
    let (server, receipt) = server(&authority, &payload);
    let client = Client::new(server.config(), &authority.client()).unwrap();
    let send = || client.upload(UPLOAD, Body::from(black_box(&payload))).unwrap();
    assert!(matches!(send(), UploadOutcome::Stored { .. }));
    let mut group = criterion.benchmark_group("upload/5 KB on a connection that is kept");
    group.bench_function("ours, the blocking client", |bencher| bencher.iter(send));

    let mut roots = RootCertStore::empty();
    roots.add(authority.certificate.clone().into()).unwrap();
    let config = rustls::ClientConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let tls = ClientConnection::new(Arc::new(config), "localhost".try_into().unwrap()).unwrap();
    let tcp = TcpStream::connect(server.listener.address).unwrap();
    tcp.set_nodelay(true).unwrap();
    let mut bare = StreamOwned::new(tls, tcp);
    let head = format!("PUT /x HTTP/1.1\r\ncontent-length: {}\r\n\r\n", payload.len());
    let length = format!("HTTP/1.1 201 X\r\ncontent-length: {}\r\n\r\n", receipt.len()).len() + receipt.len();
    let mut answered = vec![0; length];
    group.bench_function("limit, rustls with the same octets", |bencher| {
        bencher.iter(|| {
            bare.write_all(head.as_bytes()).unwrap();
            bare.write_all(black_box(&payload)).unwrap();
            bare.flush().unwrap();
            bare.read_exact(&mut answered).unwrap();
        });
    });
    group.finish();
}

criterion_group!(benches, upload);
criterion_main!(benches);
