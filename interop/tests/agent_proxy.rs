//! The agent behind a proxy that its settings find by a script, and that wants credentials.
#![allow(clippy::unwrap_used, reason = "all of it is test code")]

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output};
use std::time::Duration;

use remote_services_interop::ours::program;
use remote_services_interop::process::{run, run_ok};
use remote_services_interop::server::OurServer;
use remote_services_interop::squid::Squid;
use remote_services_interop::{Tool, require};

/// A name that only the proxy can resolve.
const HOST: &str = "printers.test";

/// An agent's folder beside a server, and the script that leads to the proxy.
struct World {
    server: OurServer,
    data: PathBuf,
    password: PathBuf,
}

impl World {
    fn new(squid: &Squid, more: &str) -> Self {
        let server = OurServer::named(&[HOST]);
        let [data, script, password] =
            ["agent", "proxy.pac", "password"].map(|name| server.folder().join(name));
        fs::create_dir(&data).unwrap();
        // Nobody listens at the first of them, so the second is asked, and has the last word.
        let ways = format!("PROXY 127.0.0.1:1; PROXY {}; DIRECT", squid.address);
        fs::write(&script, format!("function FindProxyForURL(url, host) {{ return \"{ways}\"; }}")).unwrap();
        let settings = format!(
            "proxy = \"pac+file://{}\"\n[proxy-credentials]\nuser = \"scanner\"\n{more}\n",
            script.display()
        );
        let settings = settings.replace("PASSWORD-FILE", &password.display().to_string());
        fs::write(data.join("agent.toml"), settings).unwrap();
        Self { server, data, password }
    }

    fn agent(&self, words: &[&str]) -> Command {
        let mut agent = program("remote-services-agent");
        agent.args(words).arg("--data").arg(&self.data);
        agent
    }

    fn register(&self, change: impl FnOnce(&mut Command) -> &mut Command) -> Output {
        let key = self.server.folder().join("key");
        fs::write(&key, self.server.registration_key(Duration::from_secs(600))).unwrap();
        run(change(self.agent(&["register"]).arg("--key-file").arg(&key)))
    }
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&[&output.stdout[..], &output.stderr].concat()).into_owned()
}

#[test]
fn a_proxy_that_a_script_finds_gets_the_credentials_of_the_settings_and_nobody_sees_the_password() {
    if !require(&[Tool::Squid, Tool::Htpasswd]) {
        return;
    }
    let squid = Squid::start("scanner", "open sesame", &[HOST]);
    let world = World::new(&squid, "password-file = \"PASSWORD-FILE\"");
    let without = said(&world.register(|command| command));
    assert!(without.contains("password for the proxy in"), "{without}");
    fs::write(&world.password, "close sesame\n").unwrap();
    let refused = world.register(|command| command);
    let text = said(&refused);
    assert!(!refused.status.success());
    // The way that comes after it is not gone: it is this proxy that has to be satisfied.
    assert!(text.contains(&format!("the proxy {}", squid.address)) && text.contains("407"), "{text}");
    assert!(!text.contains("sesame"), "{text}");

    fs::write(&world.password, "open sesame\n").unwrap();
    let registered = world.register(|command| command);
    assert!(registered.status.success(), "{}", said(&registered));
    run_ok(&mut world.agent(&["run", "--once", "--no-collect"]));
    assert!(squid.access_log().contains("TCP_TUNNEL/200"), "{}", squid.access_log());
    for log in ["audit.log", "exchanges.log"] {
        assert!(!fs::read_to_string(world.data.join(log)).unwrap().contains("sesame"), "{log}");
    }
}

#[test]
fn the_password_may_be_in_the_environment_and_is_shown_by_digest_alone_where_basic_is_off() {
    if !require(&[Tool::Squid, Tool::Htpasswd]) {
        return;
    }
    let digest = Squid::with_digest("scanner", "open sesame", &[HOST]);
    let world = World::new(&digest, "basic = \"off\"");
    let registered = world.register(|command| command.env("RS_PROXY_PASSWORD", "open sesame"));
    assert!(registered.status.success(), "{}", said(&registered));

    let basic = Squid::start("scanner", "open sesame", &[HOST]);
    let world = World::new(&basic, "basic = \"off\"");
    let refused = said(&world.register(|command| command.env("RS_PROXY_PASSWORD", "open sesame")));
    assert!(refused.contains("407") && !refused.contains("sesame"), "{refused}");
    let unset = said(&world.register(|command| command));
    assert!(unset.contains("RS_PROXY_PASSWORD"), "{unset}");
}

#[test]
fn the_proxy_of_the_environment_gets_its_password_from_a_sealed_file_and_one_within_its_variable_is_told() {
    if !require(&[Tool::Squid, Tool::Htpasswd]) {
        return;
    }
    let squid = Squid::start("scanner", "open-sesame", &[HOST]);
    let world = World::new(&squid, "password-file = \"PASSWORD-FILE\"");
    let settings = world.data.join("agent.toml");
    let text = fs::read_to_string(&settings).unwrap();
    let (_, login) = text.split_once('\n').unwrap();
    fs::write(&settings, format!("proxy = \"environment\"\n{login}")).unwrap();
    fs::write(&world.password, "open-sesame\n").unwrap();
    let mut seal = world.agent(&["secrets", "seal", "proxy-password"]);
    let sealed = seal.stdin(fs::File::open(&world.password).unwrap()).output().unwrap();
    assert!(sealed.stdout.starts_with(b"sealed:v1:"), "{}", said(&sealed));
    fs::write(&world.password, sealed.stdout).unwrap();
    let plain = format!("http://{}", squid.address);
    let registered = world.register(|command| command.env("https_proxy", &plain));
    assert!(registered.status.success(), "{}", said(&registered));
    assert!(!said(&registered).contains("warning"), "{}", said(&registered));
    let round = |proxy: &str| {
        run(world
            .agent(&["run", "--once", "--no-collect"])
            .env("https_proxy", proxy)
            .env_remove("HTTPS_PROXY"))
    };
    let output = round(&plain);
    assert!(output.status.success(), "{}", said(&output));
    assert!(squid.access_log().contains("TCP_TUNNEL/200"), "{}", squid.access_log());

    let with = format!("http://scanner:open-sesame@{}", squid.address);
    let both = round(&with);
    assert_eq!(both.status.code(), Some(2), "{}", said(&both));
    fs::write(&settings, "proxy = \"environment\"\n").unwrap();
    let output = round(&with);
    assert!(output.status.success(), "{}", said(&output));
    let told = said(&output);
    assert_eq!(
        told.matches("warning: the environment has the password for the proxy in clear").count(),
        1,
        "{told}"
    );
    for output in [&both, &output] {
        assert!(!said(output).contains("sesame"), "{}", said(output));
    }
}
