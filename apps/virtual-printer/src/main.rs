//! `virtual-printer`: one or many printers made of software.

mod cli;
mod secrets;

use clap::{CommandFactory as _, FromArgMatches as _};
use cli::{Line, SpeaksName};
use remote_services_collect::record::Mode;
use remote_services_collect::synthetic;
use secrets::SecretsFile;
use std::io::Write;
use std::net::IpAddr;
use std::process::ExitCode;
use std::sync::Arc;
use tokio::net::UdpSocket;
use virtual_printer::access::{Engines, Guests, Speaks};
use virtual_printer::device::upgrade;
use virtual_printer::fleet::{self, FleetOptions, Place};
use virtual_printer::printer::{self, Printer, PrinterOptions};
use virtual_printer::services::control;
use virtual_printer::source::Source;

fn main() -> ExitCode {
    let matches = Line::command().get_matches();
    for warning in secrets::exposed(&matches) {
        eprintln!("{warning}");
    }
    let line =
        Line::from_arg_matches(&matches).unwrap_or_else(|error| error.format(&mut Line::command()).exit());
    if line.list_models {
        for recording in synthetic::ALL {
            say(&format!("{:<15} {}", recording.name, title(recording.text)));
        }
        return ExitCode::SUCCESS;
    }
    if let Some(version) = &line.firmware {
        return match write_firmware(&line, version) {
            Ok(()) => ExitCode::SUCCESS,
            Err(sentence) => failed(&sentence.into()),
        };
    }
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return failed(&error.to_string().into()),
    };
    match runtime.block_on(run(&line)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failed(&failure),
    }
}

/// What a built-in recording calls its device.
fn title(text: &str) -> &str {
    let first = text.lines().next().unwrap_or("").trim_start_matches("# Synthetic: ");
    first.split(". ").next().unwrap_or(first)
}

/// Why it does not start: one sentence and an exit code.
#[derive(Debug)]
struct Failure {
    code: u8,
    sentence: String,
}

impl Failure {
    fn usage(sentence: &str) -> Self {
        Self { code: 2, sentence: sentence.to_owned() }
    }
}

impl From<String> for Failure {
    fn from(sentence: String) -> Self {
        Self { code: 1, sentence }
    }
}

fn failed(failure: &Failure) -> ExitCode {
    eprintln!("virtual-printer: {}", failure.sentence);
    ExitCode::from(failure.code)
}

fn write_firmware(line: &Line, version: &str) -> Result<(), String> {
    let source = Source::built_in(line.model.as_deref().unwrap_or(DEFAULT_MODEL))
        .map_err(|error| error.to_string())?;
    // Any octets will do, and the same ones for the same version.
    let firmware = format!("firmware {version} of a printer made of software\n").repeat(1_000);
    let mut out = std::io::stdout().lock();
    let written = upgrade::write(&mut out, &source.identity.make_and_model, version, firmware.as_bytes());
    written.and_then(|()| out.flush()).map_err(|error| format!("cannot write the firmware: {error}"))
}

async fn run(line: &Line) -> Result<(), Failure> {
    let secrets = match &line.guests.secrets {
        Some(path) => SecretsFile::read(path).map_err(|why| Failure::usage(&why))?,
        None => SecretsFile::default(),
    };
    let guests = line.guests.guests(&secrets).map_err(Failure::usage)?;
    let each = line.options(&secrets);
    if line.speaks == Some(SpeaksName::V3) && guests.user.is_none() {
        return Err(Failure::usage("nobody could read a printer that speaks SNMPv3 only: name a --user"));
    }
    let printers: Vec<Printer> = match line.fleet {
        Some(count) => many(line, count, &guests, each).await?,
        None => vec![one(line, &guests, each).await?],
    };
    let _control = match line.services.control {
        Some(address) => {
            let control =
                control::serve(address, &printers).await.map_err(|error| format!("control: {error}"))?;
            say(&format!("control on http://{}", control.address));
            Some(control)
        }
        None => None,
    };
    say("running; Ctrl-C ends it");
    Ok(tokio::signal::ctrl_c().await.map_err(|error| error.to_string())?)
}

async fn many(
    line: &Line,
    count: u32,
    guests: &Guests,
    each: PrinterOptions,
) -> Result<Vec<Printer>, Failure> {
    let sources = match (&line.recording[..], &line.model) {
        ([], None) => fleet::built_in().map_err(|error| error.to_string())?,
        ([], Some(model)) => vec![Source::built_in(model).map(Arc::new).map_err(|error| error.to_string())?],
        (_, _) => recordings(line)?,
    };
    let place = match (line.addresses, line.listen.ip()) {
        (false, _) => Place::Ports(line.listen),
        (true, IpAddr::V4(first)) => Place::Addresses(first, line.listen.port()),
        (true, IpAddr::V6(_)) => return Err(Failure::usage("--addresses counts IPv4 addresses")),
    };
    let options = FleetOptions {
        count,
        place,
        sources,
        speaks: turns(line.speaks, guests.user.is_some()),
        showcase: line.recording.is_empty() && line.model.is_none(),
        each,
    };
    let fleet = fleet::start_with(options, guests).await.map_err(|error| match error.kind() {
        std::io::ErrorKind::InvalidInput => Failure::usage(&error.to_string()),
        _ => error.to_string().into(),
    })?;
    let members = fleet.printers.into_iter().map(|member| {
        let serial = member.source.identity.serial_of(member.number).unwrap_or_default();
        announce(&format!("{} {serial}", member.source.identity.make_and_model), &member.printer);
        member.printer
    });
    Ok(members.collect())
}

/// What the printers of a fleet speak: without a user nobody could read those that speak SNMPv3 only.
fn turns(speaks: Option<SpeaksName>, user: bool) -> fn(u32) -> Speaks {
    match speaks {
        Some(SpeaksName::V1) => |_| Speaks::V1,
        Some(SpeaksName::V2c) => |_| Speaks::V2c,
        Some(SpeaksName::V3) => |_| Speaks::V3,
        Some(SpeaksName::All) => |_| Speaks::All,
        None if user => fleet::speaks,
        None => |number| match fleet::speaks(number) {
            Speaks::V3 => Speaks::V2c,
            speaks => speaks,
        },
    }
}

async fn one(line: &Line, guests: &Guests, options: PrinterOptions) -> Result<Printer, Failure> {
    let source = if line.recording.is_empty() {
        let model = line.model.as_deref().unwrap_or(DEFAULT_MODEL);
        Arc::new(Source::built_in(model).map_err(|error| format!("{error} (see --list-models)"))?)
    } else if let [only] = &recordings(line)?[..] {
        Arc::clone(only)
    } else {
        return Err(Failure::usage("several recordings are played by a --fleet"));
    };
    let socket = UdpSocket::bind(line.listen)
        .await
        .map_err(|error| format!("cannot listen on {}: {error}", line.listen))?;
    let name = if line.recording.is_empty() {
        let serial = source.identity.serial_of(0).unwrap_or_default();
        format!("{} {serial}", source.identity.make_and_model)
    } else {
        format!("recording {}", source.name)
    };
    let printer = printer::start(source, options, &Engines::new(guests), socket)
        .await
        .map_err(|error| error.to_string())?;
    announce(&name, &printer);
    Ok(printer)
}

fn recordings(line: &Line) -> Result<Vec<Arc<Source>>, String> {
    let mode = if line.lenient { Mode::Lenient } else { Mode::Strict };
    let read = |path: &std::path::PathBuf| {
        let bytes = std::fs::read(path).map_err(|error| format!("{}: {error}", path.display()))?;
        let name = path.file_stem().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let source =
            Source::parse(&name, &bytes, mode).map_err(|error| format!("{}: {error}", path.display()))?;
        for skipped in &source.skipped {
            eprintln!("virtual-printer: {}: skipped: {skipped}", path.display());
        }
        Ok(Arc::new(source))
    };
    line.recording.iter().map(read).collect()
}

fn announce(name: &str, printer: &Printer) {
    let mut places = vec![format!("SNMP on {}", printer.snmp)];
    places.extend(printer.raw.map(|raw| format!("print jobs on {raw}")));
    places.extend(printer.lpr.map(|lpr| format!("LPR on {lpr}")));
    places.extend(printer.web.map(|web| format!("a page on http://{web}")));
    say(&format!("{name}: {}", places.join(", ")));
}

/// A line on standard output. A printer goes on printing when nobody reads along.
fn say(line: &str) {
    let _ = writeln!(std::io::stdout(), "{line}");
}

const DEFAULT_MODEL: &str = "kyocera";

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser as _;
    use virtual_printer::services::ReceiverVersion;

    #[test]
    fn a_fleet_without_a_user_has_no_printer_that_nobody_can_read() {
        assert!((0..6).all(|number| turns(None, false)(number) != Speaks::V3));
        assert_eq!((0..6).filter(|number| turns(None, true)(*number) == Speaks::V3).count(), 2);
    }

    #[test]
    fn a_printer_that_nobody_could_read_is_not_started() {
        let line = Line::parse_from(["virtual-printer", "--listen", "127.0.0.1:0", "--speaks", "3"]);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let failure = runtime.block_on(run(&line)).unwrap_err();
        assert!(failure.code == 2 && failure.sentence.contains("--user"), "{failure:?}");
    }

    #[test]
    fn a_user_without_a_password_from_anywhere_is_not_made() {
        let words = ["virtual-printer", "--listen", "127.0.0.1:0", "--user", "monitor"];
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let failure = runtime.block_on(run(&Line::parse_from(words))).unwrap_err();
        assert!(failure.code == 2 && failure.sentence.contains("--secrets"), "{failure:?}");
    }

    #[test]
    fn what_the_options_do_not_give_is_in_the_file_with_secrets() {
        let line = Line::parse_from([
            "virtual-printer",
            "--user",
            "monitor",
            "--community",
            "plum",
            "--notify",
            "2c@127.0.0.1:1",
            "--notify",
            "2c:own@127.0.0.1:2",
        ]);
        let secrets = SecretsFile {
            community: Some("quince".into()),
            write_community: Some("medlar".into()),
            auth_password: Some("authpass12".into()),
            notify_community: Some("sloe".into()),
            ..SecretsFile::default()
        };
        let guests = line.guests.guests(&secrets).unwrap();
        assert_eq!((guests.community.as_str(), guests.write_community.as_deref()), ("plum", Some("medlar")));
        assert!(guests.user.is_some_and(|user| user.auth_password == "authpass12"));
        let told: Vec<_> =
            line.options(&secrets).receivers.into_iter().map(|receiver| receiver.version).collect();
        assert_eq!(told, ["sloe", "own"].map(|it| ReceiverVersion::V2c(Some(it.into()))));
    }

    #[test]
    fn a_fleet_with_a_fixed_port_has_neighbouring_ports_or_does_not_start() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        // Somebody else may take one of the three neighbours at any time, so several places are tried.
        let fleet = (0..20).find_map(|_| {
            let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
            let raw = free.min(60_000).to_string();
            let words = ["virtual-printer", "--listen", "127.0.0.1:0", "--fleet", "3", "--raw", &raw];
            let line = Line::parse_from(words);
            let secrets = SecretsFile::default();
            let (guests, each) = (line.guests.guests(&secrets).unwrap(), line.options(&secrets));
            runtime.block_on(many(&line, 3, &guests, each)).ok().map(|fleet| (free.min(60_000), fleet))
        });
        let (first, fleet) = fleet.unwrap();
        let ports: Vec<u16> = fleet.iter().map(|printer| printer.raw.unwrap().port()).collect();
        assert_eq!(ports, [first, first + 1, first + 2]);

        let words = ["virtual-printer", "--fleet", "3", "--raw", "9100", "--web", "9101"];
        let failure = runtime.block_on(run(&Line::parse_from(words))).unwrap_err();
        assert!(failure.code == 2 && failure.sentence.contains("--raw 9100 and --web 9101"), "{failure:?}");
    }

    #[test]
    fn the_command_line_is_in_order_and_its_examples_can_be_read() {
        use clap::CommandFactory;
        let mut command = Line::command();
        command.clone().debug_assert();
        let help = command.render_help().to_string();
        let examples: Vec<&str> =
            help.lines().filter(|line| line.trim_start().starts_with("virtual-printer --")).collect();
        assert!(examples.len() >= 6);
        assert!(help.contains("\nExit codes:\n  0 ended "), "{help}");
        assert_eq!(command.get_subcommands().count(), 0, "each would need examples of its own");
        for example in examples {
            let words = example.trim().split(" > ").next().unwrap().split_whitespace();
            assert!(Line::try_parse_from(words).is_ok(), "{example}");
        }
    }
}
