//! A server whose requests the test polls itself.

use super::super::*;
use crate::edge::peer::Peer;
use crate::queue::roster::Standing;
use crate::store::CommandView;
use axum::Router;
use axum::body::{Body, Bytes, HttpBody, to_bytes};
use axum::http::header::{AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE, ETAG, IF_NONE_MATCH};
use axum::http::{Request, Response, StatusCode, request};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hyper::body::Frame;
use rcgen::{CertificateParams, KeyPair};
use remote_services_transport::document::{ContentDigest, names};
use remote_services_transport::registration_key::{OneTimeKey, RegistrationKey};
use remote_services_transport::{certs_only, enrol};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::future::poll_fn;
use std::net::Ipv4Addr;
use std::pin::{Pin, pin};
use std::task::{Context, Poll};
use tempfile::TempDir;
use tower::ServiceExt;
use uuid::Uuid;

/// A server where nobody works but the test, which talks to its routers.
pub(super) struct Bench {
    pub(super) app: Arc<App>,
    pub(super) edge: Router,
    pub(super) web: Router,
    server: RunningServer,
    pub(super) data: TempDir,
}

/// A registered client.
pub(super) struct Client {
    pub(super) id: Uuid,
    pub(super) certificate: Vec<u8>,
}

impl Bench {
    pub(super) async fn start() -> Self {
        let data = tempfile::tempdir().unwrap();
        let mut server = Server::start(ServerConfig::new(data.path())).await.unwrap();
        for task in std::mem::take(&mut server.tasks) {
            task.abort();
            let _ = task.await;
        }
        let app = Arc::clone(&server.app);
        let (edge, web) = (edge::router(Arc::clone(&app)), web::router(Arc::clone(&app)));
        let bench = Self { app, edge, web, server, data };
        // The start rings once; whether the worker heard that before it was stopped is a matter of luck.
        bench.was_rung().await;
        bench
    }

    /// What an operator asks; the whole answer.
    pub(super) async fn operator(&self, method: &str, path: &str, document: &Value) -> Response<Body> {
        self.web.clone().oneshot(self.of_operator(method, path, document)).await.unwrap()
    }

    pub(super) fn of_operator(&self, method: &str, path: &str, document: &Value) -> Request<Body> {
        let token = format!("Bearer {}", self.app.operators.token());
        let request = Request::builder().method(method).uri(path).header(AUTHORIZATION, token);
        request.header(CONTENT_TYPE, names::JSON).body(Body::from(document.to_string())).unwrap()
    }

    /// An operator's file.
    pub(super) fn artifact(&self, digest: ContentDigest, body: Body) -> Request<Body> {
        let mut request = self.of_operator("PUT", "/api/v1/artifacts", &Value::Null);
        *request.body_mut() = body;
        request.headers_mut().insert(names::CONTENT_DIGEST, digest.to_string().parse().unwrap());
        request
    }

    pub(super) async fn one_time_key(&self) -> OneTimeKey {
        let made = self.server.create_registration_key("default", Duration::from_secs(600)).await.unwrap();
        RegistrationKey::from_text(made.text()).unwrap().key
    }

    pub(super) async fn enrol(&self) -> Client {
        let enrolment = enrolment(&self.one_time_key().await, &KeyPair::generate().unwrap());
        Client::of(self.edge.clone().oneshot(enrolment()).await.unwrap()).await
    }

    /// What the client is told of commands since `tag`: the status, the new tag, the list.
    pub(super) async fn poll(&self, client: &Client, tag: &str) -> (StatusCode, String, Value) {
        let request = by(Some(client), "GET", &client.path("/commands")).header(IF_NONE_MATCH, tag);
        let answer = self.edge.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
        let tag = answer.headers()[ETAG].to_str().unwrap().to_owned();
        let (status, body) = (answer.status(), octets(answer).await);
        (status, tag, serde_json::from_slice(&body).unwrap_or_default())
    }

    pub(super) async fn queue(&self, client: &Client) -> Uuid {
        let wish = json!({ "client": client.id, "action": "getStatus" });
        let answer = self.operator("POST", "/api/v1/commands", &wish).await;
        assert_eq!(answer.status(), StatusCode::CREATED);
        let view: Value = serde_json::from_slice(&octets(answer).await).unwrap();
        view["id"].as_str().unwrap().parse().unwrap()
    }

    pub(super) async fn commands(&self, client: &Client) -> Vec<CommandView> {
        self.app.store.commands(Some(client.id), None, 1_000).await.unwrap()
    }

    /// Waits for what goes on after a cut; then memory must be what a restart would make of the store.
    pub(super) async fn assert_memory_is_as_the_store(&self) {
        self.app.underway.rest().await;
        // The next writer waits for the one connection that writes.
        self.app.store.audit("test", "rested", "").await.unwrap();
        let fresh = Roster::load(&self.app.store).await.unwrap();
        let version = |roster: &Roster, client| roster.commands(client).map(|version| *version.borrow());
        for client in self.app.store.client_versions().await.unwrap() {
            assert_eq!(version(&self.app.roster, client.id), version(&fresh, client.id));
        }
        for certificate in self.app.store.certificates().await.unwrap() {
            let fingerprint = certificate.fingerprint.try_into().unwrap();
            assert_eq!(self.app.roster.standing(&fingerprint), fresh.standing(&fingerprint));
        }
    }

    /// Whether the bell was rung since it was asked for the last time.
    pub(super) async fn was_rung(&self) -> bool {
        let mut rung = pin!(self.app.ingest.rung());
        poll_fn(|context| Poll::Ready(rung.as_mut().poll(context).is_ready())).await
    }

    /// The digests of what the archive holds, once nothing is on its way into it.
    pub(super) async fn archived(&self) -> BTreeSet<String> {
        let incoming = self.data.path().join("archive/incoming");
        let deadline = std::time::Instant::now() + Duration::from_secs(30);
        while std::fs::read_dir(&incoming).unwrap().count() > 0 {
            assert!(std::time::Instant::now() < deadline, "what was given up stays");
            tokio::task::yield_now().await;
        }
        let folders = std::fs::read_dir(self.data.path().join("archive/sha-256")).unwrap();
        let of = |folder: std::fs::DirEntry| {
            let first = folder.file_name().into_string().unwrap();
            let files = std::fs::read_dir(folder.path()).unwrap();
            files.map(move |file| format!("{first}{}", file.unwrap().file_name().to_str().unwrap()))
        };
        folders.flat_map(|folder| of(folder.unwrap())).collect()
    }
}

impl Client {
    pub(super) async fn of(answer: Response<Body>) -> Self {
        assert_eq!(answer.status(), StatusCode::OK);
        let certificate = certs_only::read(&octets(answer).await).unwrap().remove(0);
        Self { id: enrol::client_name(&certificate).unwrap(), certificate }
    }

    pub(super) fn path(&self, rest: &str) -> String {
        format!("/rs/v1/clients/{}{rest}", self.id)
    }

    pub(super) fn standing(&self, bench: &Bench) -> Standing {
        let peer = Peer::new(Ipv4Addr::LOCALHOST.into(), Some(&self.certificate));
        bench.app.roster.standing(&peer.certificate.unwrap())
    }
}

/// A request with what the listener adds.
pub(super) fn by(client: Option<&Client>, method: &str, path: &str) -> request::Builder {
    let certificate = client.map(|client| client.certificate.as_slice());
    let peer = Peer::new(Ipv4Addr::LOCALHOST.into(), certificate);
    Request::builder().method(method).uri(path).extension(peer)
}

pub(super) fn sealed(client: &Client, path: &str, octets: &[u8], body: Body) -> Request<Body> {
    let request = by(Some(client), "PUT", path).header(CONTENT_TYPE, names::SEALED);
    let request = request.header(names::CONTENT_DIGEST, ContentDigest::of(octets).to_string());
    request.header(CONTENT_LENGTH, octets.len()).header("if-none-match", "*").body(body).unwrap()
}

/// A request that registers a key, as often as it is wanted.
pub(super) fn enrolment(one_time_key: &OneTimeKey, key: &KeyPair) -> impl Fn() -> Request<Body> + use<> {
    let basic = format!("Basic {}", STANDARD.encode(format!("somebody:{}", *one_time_key.to_text())));
    let body = certificate_request(key);
    move || {
        let request = by(None, "POST", names::EST_SIMPLE_ENROLL).header(AUTHORIZATION, &basic);
        request.header(CONTENT_TYPE, names::PKCS10).body(Body::from(body.clone())).unwrap()
    }
}

pub(super) fn certificate_request(key: &KeyPair) -> String {
    let params = CertificateParams::new(vec!["wish.test".to_owned()]).unwrap();
    certs_only::base64_lines(params.serialize_request(key).unwrap().der())
}

pub(super) async fn octets(answer: Response<Body>) -> Bytes {
    to_bytes(answer.into_body(), 1 << 20).await.unwrap()
}

/// How often a request is polled before it is cut: once, twice, and so on until it is answered. How many polls it takes depends on
/// how fast the disk is, so this goes on until a cut has fallen between a write and its answer.
pub(super) struct Cuts {
    polls: usize,
    answered: usize,
    unheard: usize,
}

impl Cuts {
    pub(super) fn new() -> Self {
        Self { polls: 0, answered: 0, unheard: 0 }
    }

    pub(super) fn next(&mut self) -> Option<usize> {
        assert!(self.answered < 20, "no cut falls after the write");
        self.polls += 1;
        (self.answered < 2 || self.unheard == 0).then_some(self.polls)
    }

    /// Whether it was answered, and whether it was written.
    pub(super) fn went(&mut self, answered: bool, written: bool) {
        if answered {
            self.answered += 1;
            self.polls = 0;
        }
        self.unheard += usize::from(written && !answered);
    }
}

/// Polls a request so many times and drops it; its answer if it came before.
pub(super) async fn cut_after(
    polls: usize,
    router: &Router,
    request: Request<Body>,
) -> Option<Response<Body>> {
    let (mut answer, mut left) = (pin!(router.clone().oneshot(request)), polls);
    poll_fn(|context| match answer.as_mut().poll(context) {
        Poll::Ready(answer) => Poll::Ready(Some(answer.unwrap())),
        Poll::Pending if left == 1 => Poll::Ready(None),
        Poll::Pending => {
            left -= 1;
            Poll::Pending
        }
    })
    .await
}

/// A body that breaks off, or of which no more comes.
pub(super) struct Half {
    pub(super) first: Option<Bytes>,
    pub(super) breaks: bool,
}

impl HttpBody for Half {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        if let Some(first) = self.first.take() {
            return Poll::Ready(Some(Ok(Frame::data(first))));
        }
        if self.breaks {
            return Poll::Ready(Some(Err(io::ErrorKind::ConnectionReset.into())));
        }
        context.waker().wake_by_ref();
        Poll::Pending
    }
}

pub(super) fn uuid7(number: u32) -> Uuid {
    remote_services_core::id::uuid_v7(Timestamp::from_unix_millis(number.into()), [7; 10])
}
