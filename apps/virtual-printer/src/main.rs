//! `virtual-printer`: one or many printers made of software, or a recording of a real one.

use clap::{Args, Parser};
use remote_services_collect::record::{self, Mode};
use remote_services_snmp::crypto::AuthProtocol;
use remote_services_snmp::usm::KeyCache;
use std::io::Write;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use tokio::net::UdpSocket;
use virtual_printer::fleet;
use virtual_printer::mib::PrinterMib;
use virtual_printer::model;
use virtual_printer::persona::{Fault, Persona};
use virtual_printer::printer::{self, Guests, Printer, Speaks, UsmGuest};

#[derive(Parser)]
#[command(name = "virtual-printer", version, about = "A printer made of software: answers SNMP, takes print jobs, has faults", after_help = AFTER_HELP)]
struct Line {
    /// Address and UDP port to answer SNMP on; port 0 is any free one
    #[arg(short, long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:16100")]
    listen: SocketAddr,
    /// Replay this .snmprec recording instead of a model
    #[arg(long, value_name = "FILE", conflicts_with_all = ["model", "fleet", "fault"])]
    recording: Option<PathBuf>,
    /// Skip the lines of a recording that cannot be read, and say which
    #[arg(long, requires = "recording")]
    lenient: bool,
    /// Model to pose as (see --list-models)
    #[arg(long, value_name = "NAME", default_value = "kyocera")]
    model: String,
    /// What is wrong with the printer
    #[arg(long, value_enum, default_value = "none")]
    fault: FaultName,
    /// Start this many printers on neighbouring ports: makers and SNMP versions take turns
    #[arg(long, value_name = "COUNT", conflicts_with_all = ["model", "fault"], value_parser = clap::value_parser!(u16).range(1..=10_000))]
    fleet: Option<u16>,
    /// SNMP versions to answer [default: all; in a fleet 2c, 3 and 1 in turn, without a user 2c in place of 3]
    #[arg(long, value_enum)]
    speaks: Option<SpeaksName>,
    #[command(flatten)]
    guests: GuestOptions,
    /// List the models and end
    #[arg(long)]
    list_models: bool,
}

#[derive(Args)]
struct GuestOptions {
    /// Community that may read
    #[arg(long, default_value = "public", hide_env_values = true, env = "VIRTUAL_PRINTER_COMMUNITY")]
    community: String,
    /// Community that may write; without it nobody can by v1 and v2c
    #[arg(long, hide_env_values = true, env = "VIRTUAL_PRINTER_WRITE_COMMUNITY")]
    write_community: Option<String>,
    /// SNMPv3 user
    #[arg(long, value_name = "NAME", requires = "auth_password")]
    user: Option<String>,
    /// SNMPv3 authentication protocol
    #[arg(long, value_enum, default_value = "sha256")]
    auth_protocol: AuthName,
    /// SNMPv3 authentication password, at least 8 characters
    #[arg(long, hide_env_values = true, env = "VIRTUAL_PRINTER_AUTH_PASSWORD")]
    auth_password: Option<String>,
    /// SNMPv3 privacy password (AES-128), at least 8 characters
    #[arg(long, hide_env_values = true, env = "VIRTUAL_PRINTER_PRIV_PASSWORD")]
    priv_password: Option<String>,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum FaultName {
    None,
    LowToner,
    Jammed,
    CounterAtWrap,
    DropsPackets,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum SpeaksName {
    #[value(name = "1")]
    V1,
    #[value(name = "2c")]
    V2c,
    #[value(name = "3")]
    V3,
    All,
}

impl From<SpeaksName> for Speaks {
    fn from(name: SpeaksName) -> Self {
        match name {
            SpeaksName::V1 => Self::V1,
            SpeaksName::V2c => Self::V2c,
            SpeaksName::V3 => Self::V3,
            SpeaksName::All => Self::All,
        }
    }
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum AuthName {
    Sha,
    Sha256,
}

fn main() -> ExitCode {
    let line = Line::parse();
    if line.list_models {
        for model in model::MODELS {
            say(&format!("{:<10} {} {}", model.key, model.manufacturer, model.name));
        }
        return ExitCode::SUCCESS;
    }
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return failed(&error.to_string()),
    };
    match runtime.block_on(run(&line)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(sentence) => failed(&sentence),
    }
}

fn failed(sentence: &str) -> ExitCode {
    eprintln!("virtual-printer: {sentence}");
    ExitCode::FAILURE
}

async fn run(line: &Line) -> Result<(), String> {
    let guests = line.guests.guests();
    if matches!(line.speaks, Some(SpeaksName::V3)) && guests.user.is_none() {
        return Err("nobody could read a printer that speaks SNMPv3 only: name a --user".to_owned());
    }
    let _printers: Vec<Printer> = if let Some(count) = line.fleet {
        let all = line.speaks.map(Speaks::from);
        let speaks = |number| all.unwrap_or_else(|| turn(number, &guests));
        let fleet = fleet::start_speaking(speaks, line.listen.ip(), line.listen.port(), count, &guests)
            .await
            .map_err(|error| error.to_string())?;
        for (persona, printer) in &fleet.printers {
            announce(
                &format!("{} {} {}", persona.model.manufacturer, persona.model.name, persona.serial_number()),
                printer,
            );
        }
        fleet.printers.into_iter().map(|(_, printer)| printer).collect()
    } else {
        vec![one(line, &guests).await?]
    };
    say("running; Ctrl-C ends it");
    tokio::signal::ctrl_c().await.map_err(|error| error.to_string())
}

/// What printer `number` of a fleet speaks: without a user nobody could read those that speak SNMPv3 only.
fn turn(number: u32, guests: &Guests) -> Speaks {
    match fleet::speaks(number) {
        Speaks::V3 if guests.user.is_none() => Speaks::V2c,
        speaks => speaks,
    }
}

async fn one(line: &Line, guests: &Guests) -> Result<Printer, String> {
    let socket = UdpSocket::bind(line.listen)
        .await
        .map_err(|error| format!("cannot listen on {}: {error}", line.listen))?;
    let speaks = line.speaks.map_or(Speaks::All, Speaks::from);
    if let Some(path) = &line.recording {
        let bytes = std::fs::read(path).map_err(|error| format!("{}: {error}", path.display()))?;
        let mode = if line.lenient { Mode::Lenient } else { Mode::Strict };
        let recording =
            record::parse(&bytes, mode).map_err(|error| format!("{}: {error}", path.display()))?;
        for skipped in &recording.skipped {
            eprintln!("virtual-printer: {}: skipped: {skipped}", path.display());
        }
        let name = path.file_stem().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let mib = PrinterMib::recorded(recording.values, name.as_bytes());
        let printer =
            printer::replay(mib, speaks, guests, socket, Fault::None).map_err(|error| error.to_string())?;
        announce(&format!("recording {name}"), &printer);
        return Ok(printer);
    }
    let model = model::by_key(&line.model)
        .ok_or_else(|| format!("no model is called {:?}: see --list-models", line.model))?;
    let fault = match line.fault {
        FaultName::None => Fault::None,
        FaultName::LowToner => Fault::LowToner,
        FaultName::Jammed => Fault::Jammed,
        FaultName::CounterAtWrap => Fault::CounterAtWrap,
        FaultName::DropsPackets => Fault::DropsPackets,
    };
    let persona = Persona::new(model, 0, fault);
    let printer = printer::start(&persona, speaks, guests, socket, &mut KeyCache::new())
        .await
        .map_err(|error| error.to_string())?;
    announce(&format!("{} {} {}", model.manufacturer, model.name, persona.serial_number()), &printer);
    Ok(printer)
}

fn announce(name: &str, printer: &Printer) {
    match printer.raw {
        Some(raw) => say(&format!("{name}: SNMP on {}, print jobs on {raw}", printer.snmp)),
        None => say(&format!("{name}: SNMP on {}", printer.snmp)),
    }
}

/// A line on standard output. A printer goes on printing when nobody reads along.
fn say(line: &str) {
    let _ = writeln!(std::io::stdout(), "{line}");
}

impl GuestOptions {
    fn guests(&self) -> Guests {
        Guests {
            community: self.community.clone(),
            write_community: self.write_community.clone(),
            user: self.user.clone().zip(self.auth_password.clone()).map(|(name, auth_password)| UsmGuest {
                name,
                auth_protocol: match self.auth_protocol {
                    AuthName::Sha => AuthProtocol::HmacSha1,
                    AuthName::Sha256 => AuthProtocol::HmacSha256,
                },
                auth_password,
                priv_password: self.priv_password.clone(),
            }),
        }
    }
}

const AFTER_HELP: &str = "\
Examples:
  virtual-printer --model xerox --fault low-toner
  virtual-printer --recording device.snmprec --listen 127.0.0.1:1161 --community public
  virtual-printer --fleet 12 --user monitor --auth-password authpass12 --priv-password privpass12

Exit codes: 0 ended by Ctrl-C, 1 could not start, 2 wrong command line";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fleet_without_a_user_has_no_printer_that_nobody_can_read() {
        let line = Line::parse_from(["virtual-printer", "--fleet", "6"]);
        let open = line.guests.guests();
        assert!((0..6).all(|number| turn(number, &open) != Speaks::V3));
        let words = ["virtual-printer", "--user", "monitor", "--auth-password", "authpass12"];
        let keyed = Line::parse_from(words).guests.guests();
        assert_eq!((0..6).filter(|number| turn(*number, &keyed) == Speaks::V3).count(), 2);
    }

    #[test]
    fn a_printer_that_nobody_could_read_is_not_started() {
        let line = Line::parse_from(["virtual-printer", "--speaks", "3", "--listen", "127.0.0.1:0"]);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        assert!(runtime.block_on(run(&line)).unwrap_err().contains("--user"));
    }
}
