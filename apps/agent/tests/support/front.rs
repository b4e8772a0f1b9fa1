//! A web server in front of the server: it passes on, and gives pages of its own where a test wants one.

use super::World;
use super::archive::opened;
use rcgen::{CertificateParams, Issuer, KeyPair};
use remote_services_agent::identity;
use remote_services_agent::settings::Settings;
use remote_services_agent::site::Site;
use remote_services_transport::client::ClientConfig;
use remote_services_transport::client::blocking::Client;
use remote_services_transport::exchange::{Answer, Method, Request};
use remote_services_transport::registration_key::ServerUrl;
use rustls::pki_types::PrivatePkcs8KeyDer;
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// What it has to say of its own: to requests of this method whose path ends so, so often, with this status and body.
#[derive(Clone, Debug)]
pub struct Page {
    pub method: &'static str,
    pub ending: String,
    pub status: u16,
    pub times: usize,
    pub body: &'static str,
}

/// The body of one that nobody wrote for this.
pub const HTML: &str = "<html>nginx</html>";

/// The pages that are still to be given.
pub type Pages = Arc<Mutex<Vec<Page>>>;

/// What is answered to a request's path and body in the server's place, if anything.
pub type Answers = dyn Fn(&str, &[u8]) -> Option<Answer> + Send + Sync;

/// Puts one between the site and its server.
pub fn put_before(world: &World, site: &mut Site) -> Pages {
    put_before_with(world, site, Arc::new(|_, _| None))
}

/// The authority of a world's server.
pub fn issuer(world: &World) -> Issuer<'static, KeyPair> {
    let folder = world.folder.path().join("server");
    let ca = |name: &str| std::fs::read_to_string(folder.join("ca").join(name)).unwrap();
    let key = opened(&folder, &ca("ca.key"));
    let key = KeyPair::try_from(&PrivatePkcs8KeyDer::from(key)).unwrap();
    Issuer::from_ca_cert_pem(&ca("ca.pem"), key).unwrap()
}

/// The same, with answers of its own.
pub fn put_before_with(world: &World, site: &mut Site, answers: Arc<Answers>) -> Pages {
    let (server, pages) = start(world, Arc::clone(&site.client), answers);
    let config = ClientConfig::new(server, Arc::new(rustls::crypto::ring::default_provider()));
    let (_, identity) = identity::load(&site.home, &Settings::default()).unwrap();
    site.client = Arc::new(Client::new(config, &identity).unwrap());
    pages
}

/// Starts one that passes on as this client.
pub fn start(world: &World, real: Arc<Client>, answers: Arc<Answers>) -> (ServerUrl, Pages) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let server = ServerUrl::new("localhost", listener.local_addr().unwrap().port()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let own = KeyPair::generate().unwrap();
    let params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    let certificate = params.signed_by(&own, &issuer(world)).unwrap().der().clone();
    let tls = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let own = PrivatePkcs8KeyDer::from(own.serialize_der()).into();
    let tls = Arc::new(tls.with_no_client_auth().with_single_cert(vec![certificate], own).unwrap());

    let pages = Pages::default();
    let given = Arc::clone(&pages);
    std::thread::spawn(move || {
        for tcp in listener.incoming() {
            let (tls, real, pages) = (Arc::clone(&tls), Arc::clone(&real), Arc::clone(&given));
            let answers = Arc::clone(&answers);
            // Errors are those of clients that leave.
            std::thread::spawn(move || serve(tcp?, tls, &real, &pages, &*answers));
        }
    });
    (server, pages)
}

fn serve(
    tcp: TcpStream,
    tls: Arc<ServerConfig>,
    real: &Client,
    pages: &Pages,
    answers: &Answers,
) -> io::Result<()> {
    let connection = ServerConnection::new(tls).map_err(io::Error::other)?;
    let mut stream = BufReader::new(StreamOwned::new(connection, tcp));
    loop {
        let mut head = Vec::new();
        loop {
            let mut line = String::new();
            if stream.read_line(&mut line)? == 0 {
                return Ok(());
            }
            match line.trim_end() {
                "" => break,
                line => head.push(line.to_owned()),
            }
        }
        let field = |name: &str| {
            head.iter().find_map(|line| Some(line.strip_prefix(name)?.strip_prefix(": ")?.to_owned()))
        };
        let mut body = vec![0; field("content-length").map_or(0, |length| length.parse().unwrap())];
        stream.read_exact(&mut body)?;
        let (method, path) = head[0].trim_end_matches(" HTTP/1.1").split_once(' ').unwrap();
        let answer = match page(pages, method, path).or_else(|| answers(path, &body)) {
            Some(answer) => answer,
            None => {
                let mut request = Request::new(of(method), path);
                for name in PASSED_ON {
                    request.fields.extend(field(name).map(|value| (name, value)));
                }
                request.body = (!body.is_empty()).then(|| body.as_slice().into());
                real.exchange(&request, Duration::ZERO).map_err(io::Error::other)?
            }
        };
        let out = stream.get_mut();
        write!(out, "HTTP/1.1 {} X\r\n", answer.status)?;
        for (name, value) in answer.fields.iter().filter(|(name, _)| !OF_THE_WAY.contains(&name.as_str())) {
            write!(out, "{name}: {value}\r\n")?;
        }
        let has_length = !matches!(answer.status, 204 | 304);
        if has_length {
            write!(out, "content-length: {}\r\n", answer.body.len())?;
        }
        out.write_all(b"\r\n")?;
        out.write_all(&answer.body)?;
        out.flush()?;
    }
}

fn page(pages: &Pages, method: &str, path: &str) -> Option<Answer> {
    let mut pages = pages.lock().unwrap();
    let page = pages
        .iter_mut()
        .find(|page| page.times > 0 && page.method == method && path.ends_with(&page.ending))?;
    page.times -= 1;
    let fields = vec![("content-type".to_owned(), "text/html".to_owned())];
    Some(Answer { status: page.status, fields, body: page.body.into() })
}

fn of(method: &str) -> Method {
    match method {
        "GET" => Method::Get,
        "HEAD" => Method::Head,
        "PUT" => Method::Put,
        _ => Method::Post,
    }
}

const PASSED_ON: [&str; 7] =
    ["accept", "content-type", "if-match", "if-none-match", "if-range", "range", "remote-services-parts"];
const OF_THE_WAY: [&str; 4] = ["connection", "content-length", "date", "transfer-encoding"];
