//! The client of the transport crate with the program: from a script to the way to a server.

#![allow(clippy::unwrap_used, reason = "a test that fails may as well fail there")]

use remote_services_core::secret::Secret;
use remote_services_transport::client::blocking::{ProxyScript, ScriptSource};
use remote_services_transport::client::{FindProxy, Resolve, Route, Timeouts};
use remote_services_transport::registration_key::ServerUrl;
use std::io::{self, BufRead as _, BufReader, Write as _};
use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

const SCRIPT: &str = r#"function FindProxyForURL(url, host) {
    if (dnsDomainIs(host, ".direct.test")) return "DIRECT";
    if (url !== "https://" + host + ":443/") return "PROXY wrong-url:1";
    return "PROXY one.test:3128; SOCKS two.test:1; DIRECT";
}"#;

fn program() -> PathBuf {
    env!("CARGO_BIN_EXE_remote-services-pac").into()
}

fn names(finder: &ProxyScript, host: &str) -> Result<Vec<String>, String> {
    let routes = finder.routes(&ServerUrl::new(host, 443).unwrap())?;
    Ok(routes.iter().map(Route::name).collect())
}

/// A web server that gives one answer; what it was asked for, and how often.
struct Web {
    address: SocketAddr,
    asked: Arc<Mutex<Vec<String>>>,
    count: Arc<AtomicUsize>,
}

impl Web {
    fn start(answer: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (asked, count) = (Arc::new(Mutex::new(Vec::new())), Arc::new(AtomicUsize::new(0)));
        let (log, number, answer) = (Arc::clone(&asked), Arc::clone(&count), answer.to_owned());
        std::thread::spawn(move || {
            for tcp in listener.incoming() {
                let mut tcp = BufReader::new(tcp.unwrap());
                let (mut head, mut line) = (String::new(), String::new());
                while tcp.read_line(&mut line).is_ok_and(|read| read > 2) {
                    head += &line;
                    line.clear();
                }
                log.lock().unwrap().push(head);
                number.fetch_add(1, Ordering::SeqCst);
                let _ = tcp.get_mut().write_all(answer.as_bytes());
            }
        });
        Self { address, asked, count }
    }
}

fn ok(body: &str) -> String {
    format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{body}", body.len())
}

/// A web server that answers nobody until it is told to, and then gives the script.
fn patient() -> (SocketAddr, Arc<AtomicUsize>, Sender<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let (address, asked) = (listener.local_addr().unwrap(), Arc::new(AtomicUsize::new(0)));
    let (count, (go, told)) = (Arc::clone(&asked), channel::<()>());
    std::thread::spawn(move || {
        let mut waiting = Vec::new();
        for tcp in listener.incoming().take(2) {
            waiting.push(tcp.unwrap());
            count.fetch_add(1, Ordering::SeqCst);
        }
        let _ = told.recv();
        for tcp in waiting {
            let mut tcp = BufReader::new(tcp);
            while tcp.read_line(&mut String::new()).is_ok_and(|read| read > 2) {}
            let _ = tcp.get_mut().write_all(ok(SCRIPT).as_bytes());
        }
    });
    (address, asked, go)
}

/// Says this address to names that end in `.test`, whatever the port.
struct Names(SocketAddr);

impl Resolve for Names {
    fn resolve(&self, host: &str, _: u16) -> io::Result<Vec<SocketAddr>> {
        if host == "wpad.site.test" { Ok(vec![self.0]) } else { Err(io::Error::other("no such name")) }
    }
}

#[test]
fn a_script_in_a_file_or_at_a_url_tells_the_way_and_never_sees_the_password() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("proxy.pac");
    std::fs::write(&file, SCRIPT).unwrap();
    let web = Web::start(&ok(SCRIPT));
    for source in
        [ScriptSource::File(file), ScriptSource::Url(format!("http://{}/proxy.pac?x=1", web.address))]
    {
        let finder =
            ProxyScript::new(source, program()).with_credentials("user".into(), Secret::from("sesame"));
        assert_eq!(names(&finder, "a.test").unwrap(), ["one.test:3128", "direct"]);
        assert_eq!(names(&finder, "b.direct.test").unwrap(), ["direct"]);
        let routes = finder.routes(&ServerUrl::new("a.test", 443).unwrap()).unwrap();
        let Route::Proxy(proxy) = &routes[0] else { panic!("direct") };
        assert_eq!(proxy.credentials.as_ref().unwrap().0, "user");
    }
    let asked = web.asked.lock().unwrap();
    assert_eq!(asked.len(), 1, "the script is kept for a while");
    assert!(asked[0].starts_with("GET /proxy.pac?x=1 HTTP/1.1\r\n"), "{asked:?}");
    assert!(!asked[0].contains("sesame"));
}

#[test]
fn wpad_takes_what_dhcp_names_then_the_domains_as_given_and_nothing_else() {
    let (web, other) = (Web::start(&ok(SCRIPT)), Web::start(&ok("<html>welcome</html>")));
    let finder = |from_dhcp: Option<String>, domains: &[&str]| {
        let domains = domains.iter().map(|domain| (*domain).to_owned()).collect();
        ProxyScript::new(ScriptSource::Wpad { from_dhcp, domains }, program())
            .with_network(Timeouts::default(), Arc::new(Names(web.address)))
    };
    let found = ["one.test:3128".to_owned(), "direct".to_owned()];
    assert_eq!(names(&finder(None, &["other.test", "site.test"]), "a.test").unwrap(), found);
    assert!(
        web.asked.lock().unwrap()[0].starts_with("GET /wpad.dat HTTP/1.1\r\nhost: wpad.site.test:80\r\n")
    );
    let by_dhcp = Some(format!("http://{}/dhcp.pac", web.address));
    assert_eq!(names(&finder(by_dhcp, &[]), "a.test").unwrap(), found);
    // A portal that answers everything with its page is no script: the next place is asked.
    let portal = Some(format!("http://{}/", other.address));
    assert_eq!(names(&finder(portal.clone(), &["site.test"]), "a.test").unwrap(), found);
    assert!(names(&finder(portal, &[]), "a.test").unwrap_err().contains("no proxy script"));
    // No domain is made from another: wpad.site.test is not asked for deep.site.test.
    let before = web.count.load(Ordering::SeqCst);
    assert!(names(&finder(None, &["deep.site.test"]), "a.test").is_err());
    assert!(names(&finder(None, &[]), "a.test").is_err());
    assert_eq!(web.count.load(Ordering::SeqCst), before);
}

#[test]
fn a_server_that_drips_is_given_up_and_not_asked_again_for_a_while() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let (address, asked) = (listener.local_addr().unwrap(), Arc::new(AtomicUsize::new(0)));
    let count = Arc::clone(&asked);
    std::thread::spawn(move || {
        for tcp in listener.incoming() {
            count.fetch_add(1, Ordering::SeqCst);
            let mut tcp = tcp.unwrap();
            std::thread::spawn(move || {
                // Half a minute for all of it, and never silent for long.
                for octet in ok(SCRIPT).bytes() {
                    if tcp.write_all(&[octet]).is_err() {
                        return;
                    }
                    std::thread::sleep(Duration::from_millis(100));
                }
            });
        }
    });
    let finder = ProxyScript::new(ScriptSource::Url(format!("http://{address}/")), program())
        .with_fetch_time(Duration::from_secs(2));
    assert!(names(&finder, "a.test").unwrap_err().contains("took too long"));
    let told = names(&finder, "b.test").unwrap_err();
    assert!(told.contains("took too long") && told.contains("; it is looked for again in "), "{told}");
    assert!(asked.load(Ordering::SeqCst) <= 1);
}

#[test]
fn a_place_that_says_nothing_leaves_time_for_the_next_one() {
    let (silent, web) = (TcpListener::bind("127.0.0.1:0").unwrap(), Web::start(&ok(SCRIPT)));
    let from_dhcp = Some(format!("http://{}/", silent.local_addr().unwrap()));
    let source = ScriptSource::Wpad { from_dhcp, domains: vec!["site.test".to_owned()] };
    let finder = ProxyScript::new(source, program())
        .with_network(Timeouts::default(), Arc::new(Names(web.address)))
        .with_fetch_time(Duration::from_secs(8));
    assert_eq!(names(&finder, "a.test").unwrap(), ["one.test:3128", "direct"]);
}

#[test]
fn nobody_waits_for_what_somebody_else_fetches() {
    let (address, asked, go) = patient();
    let source = ScriptSource::Url(format!("http://{address}/"));
    let finder = ProxyScript::new(source, program()).with_fetch_time(Duration::from_secs(300));
    std::thread::scope(|scope| {
        let both = [0, 1].map(|_| scope.spawn(|| names(&finder, "a.test").unwrap()));
        let until = Instant::now() + Duration::from_secs(50);
        while asked.load(Ordering::SeqCst) < 2 && Instant::now() < until {
            std::thread::sleep(Duration::from_millis(10));
        }
        // While neither had an answer.
        assert_eq!(asked.load(Ordering::SeqCst), 2);
        go.send(()).unwrap();
        for found in both {
            assert_eq!(found.join().unwrap(), ["one.test:3128", "direct"]);
        }
    });
}

#[test]
fn scripts_that_fail_loop_or_cannot_be_had_are_told_in_words() {
    let folder = tempfile::tempdir().unwrap();
    let told = |script: &str| {
        let file = folder.path().join("proxy.pac");
        std::fs::write(&file, script).unwrap();
        names(&ProxyScript::new(ScriptSource::File(file), program()), "a.test").unwrap_err()
    };
    assert_eq!(told("\nthrow new Error('no\\nway')"), "the proxy script fails: noway (line 2)");
    assert_eq!(told("throw 1"), "the proxy script fails: it throws what is no error");
    assert_eq!(told("while (true) {}"), "the proxy script needs more time or memory than it may have");
    assert!(told("function FindProxyForURL() { return 'SOCKS a:1'; }").contains("no way that can be gone"));
    let missing = ScriptSource::File(folder.path().join("missing"));
    assert!(names(&ProxyScript::new(missing, program()), "a.test").unwrap_err().contains("missing"));
    let of = |source| names(&ProxyScript::new(source, program()), "a.test").unwrap_err();
    assert!(of(ScriptSource::Url("https://a.test/x".into())).contains("http:// only"));
    assert!(of(ScriptSource::Url("http://a b/x".into())).contains("cannot be used"));
    for (answer, why) in [
        ("HTTP/1.1 404 No\r\ncontent-length: 0\r\n\r\n".to_owned(), "status 404"),
        ("HTTP/1.1 302 There\r\nlocation: http://b/\r\ncontent-length: 0\r\n\r\n".to_owned(), "status 302"),
        ("HTTP/1.1 200 OK\r\ncontent-length: 9999999\r\n\r\n".to_owned(), "its body exceeds"),
        ("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nfun".to_owned(), "it ends in the middle"),
    ] {
        let web = Web::start(&answer);
        let told = of(ScriptSource::Url(format!("http://{}/", web.address)));
        assert!(told.contains(why), "{told}");
    }
    let no_program =
        ProxyScript::new(ScriptSource::File(folder.path().join("proxy.pac")), "/no/such/program".into());
    assert!(names(&no_program, "a.test").unwrap_err().contains("cannot be run"));
}

#[test]
fn a_program_that_never_ends_is_killed() {
    let folder = tempfile::tempdir().unwrap();
    let (file, sleeper) = (folder.path().join("proxy.pac"), folder.path().join("sleeper"));
    std::fs::write(&file, SCRIPT).unwrap();
    std::fs::write(&sleeper, "#!/bin/sh\necho $$ > \"${0%/*}/pid\"\nexec /bin/sleep 600\n").unwrap();
    #[cfg(unix)]
    std::fs::set_permissions(&sleeper, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let finder = ProxyScript::new(ScriptSource::File(file), sleeper).with_time(Duration::from_millis(500));
    assert!(names(&finder, "a.test").unwrap_err().contains("more time"));
    let pid = std::fs::read_to_string(folder.path().join("pid")).unwrap();
    assert!(!PathBuf::from("/proc").join(pid.trim()).join("exe").exists(), "it is gone");
}
