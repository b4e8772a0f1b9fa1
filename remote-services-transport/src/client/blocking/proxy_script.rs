//! Proxy auto-configuration: a script from a file or the network, evaluated by a program of its own.

mod kept;

use self::kept::Kept;
use super::connect::{connect, io_error, resolve};
use super::network::own_network;
use super::stream::DeadlineStream;
use crate::client::http1::AnswerReader;
use crate::client::proxy::host_and_port;
use crate::client::{
    AnswerLimits, ClientError, FindProxy, Phase, Resolve, Route, SystemResolver, Timeouts, pac_routes,
};
use crate::exchange::{Answer, Method};
use crate::registration_key::ServerUrl;
use remote_services_core::secret::Secret;
use std::io::{self, Read, Write as _};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Where a proxy auto-configuration script is.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ScriptSource {
    /// In a file.
    File(PathBuf),
    /// At an `http://` URL, fetched without a proxy.
    Url(String),
    /// Wherever the network says (WPAD): at the URL that DHCP gave (option 252), or on the host `wpad` of one of these
    /// domains. Whoever answers there decides where the connection goes, though not what it says: that is TLS to the server. So it
    /// is never looked for unless asked for.
    Wpad {
        /// What DHCP gave.
        from_dhcp: Option<String>,
        /// Domains of this host, most specific first; none is derived from another.
        domains: Vec<String>,
    },
}

/// Finds the way to the server by a script, which is believed nothing: `remote-services-pac`, or another program with
/// the same input and output, evaluates it in a process that is killed when its time is over.
pub struct ProxyScript {
    source: ScriptSource,
    program: PathBuf,
    credentials: Option<(String, Secret)>,
    time: Duration,
    names: bool,
    timeouts: Timeouts,
    resolver: Arc<dyn Resolve>,
    fetch_time: Duration,
    kept: Mutex<Option<Kept>>,
}

impl ProxyScript {
    /// A script, evaluated by `program` within three seconds.
    #[must_use]
    pub fn new(source: ScriptSource, program: PathBuf) -> Self {
        Self {
            source,
            program,
            credentials: None,
            time: Duration::from_secs(3),
            names: true,
            timeouts: Timeouts::default(),
            resolver: Arc::new(SystemResolver),
            fetch_time: Duration::from_secs(30),
            kept: Mutex::default(),
        }
    }

    /// User name and password for the proxies that the script names. They are not shown to the script.
    #[must_use]
    pub fn with_credentials(mut self, user: String, password: Secret) -> Self {
        self.credentials = Some((user, password));
        self
    }

    /// Sets how long the program may take.
    #[must_use]
    pub fn with_time(mut self, time: Duration) -> Self {
        self.time = time;
        self
    }

    /// Sets how long each phase of fetching the script may take, and who resolves names for that.
    #[must_use]
    pub fn with_network(mut self, timeouts: Timeouts, resolver: Arc<dyn Resolve>) -> Self {
        (self.timeouts, self.resolver) = (timeouts, resolver);
        self
    }

    /// Sets how long all of looking for the script may take, at however many places (default 30 s). A script that cannot
    /// be had is not looked for again for five minutes, and for longer each time, up to half an hour; on another network it is.
    #[must_use]
    pub fn with_fetch_time(mut self, time: Duration) -> Self {
        self.fetch_time = time;
        self
    }

    /// Lets no script ask for the address of a name, which the program would do in clear: for sites that resolve names
    /// over TLS. The program is given the argument `--without-names`, and `dnsResolve` finds nothing.
    #[must_use]
    pub fn without_names(mut self) -> Self {
        self.names = false;
        self
    }

    fn script(&self) -> Result<Vec<u8>, String> {
        let (network, began) = (own_network(), Instant::now());
        if let Some(found) = self.kept().as_ref().and_then(|kept| kept.at(began, &network)) {
            return found;
        }
        // Nobody waits for this one meanwhile.
        let until = began + self.fetch_time;
        let found = match &self.source {
            // A file that somebody mends is read at once.
            ScriptSource::File(path) => Ok(read(path)?),
            ScriptSource::Url(url) => self.fetch(url, until),
            ScriptSource::Wpad { from_dhcp, domains } => self.wpad(from_dhcp.as_deref(), domains, until),
        };
        let mut kept = self.kept();
        if found.is_ok() || !kept.as_ref().is_some_and(|kept| kept.is_a_script_since(began, &network)) {
            *kept = Some(Kept::new(kept.as_ref(), Instant::now(), network, found.clone()));
        }
        found
    }

    fn kept(&self) -> MutexGuard<'_, Option<Kept>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The first script that is there.
    fn wpad(&self, from_dhcp: Option<&str>, domains: &[String], until: Instant) -> Result<Vec<u8>, String> {
        let named = domains.iter().take(MOST_DOMAINS).map(|domain| format!("http://wpad.{domain}/wpad.dat"));
        let places: Vec<String> = from_dhcp.map(str::to_owned).into_iter().chain(named).collect();
        let mut last = "the network names no domain and no script".to_owned();
        for (at, url) in places.iter().enumerate() {
            // A place that says nothing must not eat the time of the others.
            let others = u32::try_from(places.len() - at).unwrap_or(u32::MAX);
            match self.fetch(url, Instant::now() + left(until) / others) {
                Ok(script) if contains(&script, b"FindProxyForURL") => return Ok(script),
                Ok(_) => last = format!("what {url} gives is no proxy script"),
                Err(why) => last = why,
            }
        }
        Err(last)
    }

    fn fetch(&self, url: &str, until: Instant) -> Result<Vec<u8>, String> {
        let rest = url.strip_prefix("http://").ok_or("a proxy script is fetched from http:// only")?;
        let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        let path = if path.is_empty() { "/" } else { path };
        let place = host_and_port(authority, 80).and_then(|(host, port)| ServerUrl::new(&host, port).ok());
        let Some(host) = place.filter(|_| path.bytes().all(|byte| byte.is_ascii_graphic())) else {
            return Err("the URL of the proxy script cannot be used".to_owned());
        };
        let answer = self.get(&host, path, until).map_err(|error| format!("the proxy script: {error}"))?;
        match answer.status {
            200 => Ok(answer.body),
            status => Err(format!("the proxy script: {} answered with status {status}", host.authority())),
        }
    }

    fn get(&self, host: &ServerUrl, path: &str, until: Instant) -> Result<Answer, ClientError> {
        let peer = host.authority();
        let http = |fault| ClientError::Http { peer: peer.clone(), fault };
        let (timeouts, at_most) = (&self.timeouts, |time: Duration| time.min(left(until)));
        let addresses = resolve(at_most(timeouts.resolve), &self.resolver, host)?;
        let (tcp, _) = connect(at_most(timeouts.connect), host, &addresses)?;
        let mut stream = DeadlineStream::new(tcp);
        stream.allow(at_most(timeouts.send));
        let request =
            format!("GET {path} HTTP/1.1\r\nhost: {peer}\r\naccept: */*\r\nconnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).map_err(|error| io_error(error, &peer, Phase::Send))?;
        let mut reader = AnswerReader::new(Method::Get, SCRIPT_LIMITS);
        stream.allow(at_most(timeouts.first_byte));
        loop {
            let mut piece = [0; 4096];
            let read = stream.read(&mut piece).map_err(|error| io_error(error, &peer, Phase::Body))?;
            if read == 0 {
                reader.end().map_err(http)?;
                return Ok(reader.finish().0);
            }
            if reader.feed(&piece[..read]).map_err(http)? {
                return Ok(reader.finish().0);
            }
        }
    }

    /// What the program prints. It is told the server's name, and no path.
    fn evaluate(&self, script: &[u8], server: &ServerUrl) -> Result<String, String> {
        let failed = |error| format!("{} cannot be run: {error}", self.program.display());
        let mut command = Command::new(&self.program);
        if !self.names {
            command.arg(WITHOUT_NAMES);
        }
        command.env_clear().stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().map_err(failed)?;
        let (input, output, errors) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
        let (Some(mut input), Some(output), Some(errors)) = (input, output, errors) else {
            return Err("the program has no input and output".to_owned());
        };
        let head = format!("https://{}/\n{}\n", server.authority(), server.host());
        let whole = [head.as_bytes(), script].concat();
        // A program that reads nothing, or does not stop writing, must not hold this thread.
        let writing = std::thread::spawn(move || input.write_all(&whole));
        let reading = std::thread::spawn(move || text(output));
        let complaining = std::thread::spawn(move || text(errors));
        let until = Instant::now() + self.time;
        let status = loop {
            match child.try_wait().map_err(failed)? {
                Some(status) => break Some(status),
                None if Instant::now() >= until => break None,
                None => std::thread::sleep(Duration::from_millis(5)),
            }
        };
        if status.is_none() {
            let _ = child.kill();
            let _ = child.wait();
        }
        let _ = writing.join();
        let answer = reading.join().ok().and_then(Result::ok);
        let complaint = complaining.join().ok().and_then(Result::ok).unwrap_or_default();
        match (status.and_then(|status| status.code()), answer) {
            (Some(0), Some(answer)) => Ok(answer.trim().to_owned()),
            (Some(3), _) => Err(failure(&complaint)),
            (Some(2), _) => Err("the proxy script is no text".to_owned()),
            _ => Err("the proxy script needs more time or memory than it may have".to_owned()),
        }
    }
}

impl FindProxy for ProxyScript {
    fn routes(&self, server: &ServerUrl) -> Result<Vec<Route>, String> {
        let answer = self.evaluate(&self.script()?, server)?;
        pac_routes(&answer, self.credentials.as_ref()).map_err(|error| error.to_string())
    }
}

/// What a program writes.
fn text(output: impl Read) -> io::Result<String> {
    let mut text = String::new();
    output.take(MOST_ANSWER).read_to_string(&mut text).map(|_| text)
}

/// One sentence with what the program says of a script that fails; the script may have a say in it.
fn failure(complaint: &str) -> String {
    let line = complaint.lines().next().unwrap_or_default();
    let why = line.strip_prefix("the script fails: ").unwrap_or(line);
    let why: String = why.chars().filter(|it| !it.is_control()).take(MOST_COMPLAINT).collect();
    if why.is_empty() {
        "the proxy script fails".to_owned()
    } else {
        format!("the proxy script fails: {why}")
    }
}

fn left(until: Instant) -> Duration {
    until.saturating_duration_since(Instant::now())
}

fn read(path: &PathBuf) -> Result<Vec<u8>, String> {
    let failed = |error| format!("the proxy script {}: {error}", path.display());
    // A pipe is waited for until somebody writes into it.
    if !std::fs::metadata(path).map_err(failed)?.is_file() {
        return Err(failed(io::Error::new(io::ErrorKind::InvalidInput, "it is no regular file")));
    }
    let mut script = Vec::new();
    let most = u64::try_from(SCRIPT_LIMITS.body).unwrap_or(u64::MAX);
    std::fs::File::open(path).map_err(failed)?.take(most).read_to_end(&mut script).map_err(failed)?;
    Ok(script)
}

fn contains(text: &[u8], word: &[u8]) -> bool {
    text.windows(word.len()).any(|window| window == word)
}

/// Scripts are some kilobytes long.
const SCRIPT_LIMITS: AnswerLimits = AnswerLimits { head: 16 << 10, body: 1 << 20 };
/// What the program is told when it may ask for no names.
const WITHOUT_NAMES: &str = "--without-names";
/// Octets of the program's answer.
const MOST_ANSWER: u64 = 16 << 10;
/// Characters of what it says of a script that fails.
const MOST_COMPLAINT: usize = 200;
/// Domains in which a script is looked for.
const MOST_DOMAINS: usize = 8;
