//! The command line of `virtual-printer`.

use crate::secrets::SecretsFile;
use clap::{Args, Parser, ValueEnum};
use remote_services_snmp::crypto::AuthProtocol;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;
use virtual_printer::access::{Guests, Speaks, UsmGuest};
use virtual_printer::clock::Clock;
use virtual_printer::device::{Condition, DeviceOptions, Pace};
use virtual_printer::faults::Faults;
use virtual_printer::printer::PrinterOptions;
use virtual_printer::services::{Receiver, ReceiverVersion, Services};

#[derive(Parser)]
#[command(name = "virtual-printer", version, about = "A printer made of software: answers SNMP, takes print jobs, has faults", after_help = AFTER_HELP)]
pub(crate) struct Line {
    /// Address and UDP port to answer SNMP on; port 0 is any free one
    #[arg(short, long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:16100")]
    pub(crate) listen: SocketAddr,
    /// Play this .snmprec recording in place of a model, to the letter; several in turn in a fleet
    #[arg(long, value_name = "FILE", conflicts_with = "model")]
    pub(crate) recording: Vec<PathBuf>,
    /// Skip the lines of a recording that cannot be read, and say which
    #[arg(long, requires = "recording")]
    pub(crate) lenient: bool,
    /// Let the recording work: its counters, levels and alerts move, it takes jobs and can be written to
    #[arg(long)]
    pub(crate) working: bool,
    /// Model to pose as (see --list-models); in a fleet all take turns
    #[arg(long, value_name = "NAME")]
    pub(crate) model: Option<String>,
    /// What is the matter with the printer at the start
    #[arg(long, value_enum, default_value = "good")]
    pub(crate) condition: ConditionName,
    /// Start this many printers: on neighbouring ports, or with --addresses on neighbouring addresses
    #[arg(long, value_name = "COUNT", conflicts_with = "condition", value_parser = clap::value_parser!(u32).range(1..=20_000))]
    pub(crate) fleet: Option<u32>,
    /// A fleet has an address of 127.0.0.0/8 for each printer, from that of --listen on, all with its port
    #[arg(long, requires = "fleet")]
    pub(crate) addresses: bool,
    /// SNMP versions to answer [default: all; in a fleet 2c, 3 and 1 in turn, without a user 2c in place of 3]
    #[arg(long, value_enum)]
    pub(crate) speaks: Option<SpeaksName>,
    /// What goes wrong on the way: NAME=VALUE,... (names below)
    #[arg(long, value_name = "FAULTS", default_value = "")]
    pub(crate) fault: Faults,
    #[command(flatten)]
    pub(crate) life: LifeOptions,
    #[command(flatten)]
    pub(crate) services: ServiceOptions,
    #[command(flatten)]
    pub(crate) guests: GuestOptions,
    /// Write a firmware file for the model to standard output, with this version, and end
    #[arg(long, value_name = "VERSION")]
    pub(crate) firmware: Option<String>,
    /// List the models and end
    #[arg(long)]
    pub(crate) list_models: bool,
}

#[derive(Args)]
pub(crate) struct LifeOptions {
    /// Live: users print, paper jams, somebody repairs, all by the seed
    #[arg(long)]
    pub(crate) live: bool,
    /// Mean seconds between the jobs of a printer that lives
    #[arg(long, value_name = "SECONDS", default_value_t = 300, requires = "live")]
    pub(crate) job_every: u64,
    /// The same seed gives the same life and the same accidents
    #[arg(long, default_value_t = 0)]
    pub(crate) seed: u64,
    /// Time passes this many times as fast; 0 stands still until the control moves it
    #[arg(long, value_name = "TIMES", default_value_t = 1)]
    pub(crate) speed: u32,
    /// Seconds of silence while the printer starts again
    #[arg(long, value_name = "SECONDS", default_value_t = 5)]
    pub(crate) start_takes: u64,
}

#[derive(Args)]
pub(crate) struct ServiceOptions {
    /// Port for print jobs, 9100 on real printers; 0 is any free one, `off` none; in a fleet on one address
    /// this one, as the next two, is the first of neighbouring ones
    #[arg(long, value_name = "PORT", default_value = "0", value_parser = port)]
    pub(crate) raw: Port,
    /// Port for LPR, 515 on real printers
    #[arg(long, value_name = "PORT", default_value = "off", value_parser = port)]
    pub(crate) lpr: Port,
    /// Port for the printer's page, 80 on real printers
    #[arg(long, value_name = "PORT", default_value = "off", value_parser = port)]
    pub(crate) web: Port,
    /// Receiver of traps or informs: [inform:]VERSION[:COMMUNITY]@ADDRESS:PORT; without a community that of the secrets file, or
    /// the one that may read
    #[arg(long, value_name = "RECEIVER")]
    pub(crate) notify: Vec<Receiver>,
    /// Loopback address and port of the control: faults and actions by HTTP while the printers run
    #[arg(long, value_name = "ADDRESS:PORT")]
    pub(crate) control: Option<SocketAddr>,
}

/// A port, or none.
#[derive(Clone, Copy)]
pub(crate) struct Port(Option<u16>);

fn port(text: &str) -> Result<Port, String> {
    match text {
        "off" => Ok(Port(None)),
        number => {
            number.parse().map(|port| Port(Some(port))).map_err(|_| "expected a port or off".to_owned())
        }
    }
}

#[derive(Args)]
pub(crate) struct GuestOptions {
    /// File with secrets that are not to stand on the command line, each as NAME = "SECRET": community, write-community,
    /// auth-password, priv-password, notify-community
    #[arg(long, value_name = "FILE")]
    pub(crate) secrets: Option<PathBuf>,
    /// Community that may read [default: public]
    #[arg(long, hide_env_values = true, env = "VIRTUAL_PRINTER_COMMUNITY")]
    community: Option<String>,
    /// Community that may write; without it nobody can by v1 and v2c
    #[arg(long, hide_env_values = true, env = "VIRTUAL_PRINTER_WRITE_COMMUNITY")]
    write_community: Option<String>,
    /// SNMPv3 user, who needs an authentication password
    #[arg(long, value_name = "NAME")]
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

#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum ConditionName {
    Good,
    LowToner,
    Jammed,
    CounterAtWrap,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum SpeaksName {
    #[value(name = "1")]
    V1,
    #[value(name = "2c")]
    V2c,
    #[value(name = "3")]
    V3,
    All,
}

#[derive(Clone, Copy, ValueEnum)]
enum AuthName {
    Sha,
    Sha256,
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

impl Line {
    /// What all printers have in common.
    pub(crate) fn options(&self, secrets: &SecretsFile) -> PrinterOptions {
        let pace = self
            .life
            .live
            .then(|| Pace { job_every: Duration::from_secs(self.life.job_every), ..Pace::default() });
        PrinterOptions {
            device: DeviceOptions {
                pace,
                seed: self.life.seed,
                start_takes: Duration::from_secs(self.life.start_takes),
                condition: match self.condition {
                    ConditionName::Good => Condition::Good,
                    ConditionName::LowToner => Condition::LowToner,
                    ConditionName::Jammed => Condition::Jammed,
                    ConditionName::CounterAtWrap => Condition::CounterAtWrap,
                },
                ..DeviceOptions::default()
            },
            speaks: self.speaks.map_or(Speaks::All, Speaks::from),
            faults: self.fault.clone(),
            services: Services {
                raw: self.services.raw.0,
                lpr: self.services.lpr.0,
                web: self.services.web.0,
            },
            receivers: self
                .services
                .notify
                .iter()
                .map(|it| told_in(it, secrets.notify_community.as_deref()))
                .collect(),
            clock: if self.life.speed == 0 { Clock::standing() } else { Clock::fast(self.life.speed) },
            to_the_letter: !self.recording.is_empty() && !self.working && !self.life.live,
        }
    }
}

/// A receiver that has no community of its own, in this one.
fn told_in(receiver: &Receiver, community: Option<&str>) -> Receiver {
    let or = |own: &Option<String>| own.clone().or_else(|| community.map(str::to_owned));
    let version = match &receiver.version {
        ReceiverVersion::V1(own) => ReceiverVersion::V1(or(own)),
        ReceiverVersion::V2c(own) => ReceiverVersion::V2c(or(own)),
        ReceiverVersion::V3 => ReceiverVersion::V3,
    };
    Receiver { version, ..receiver.clone() }
}

impl GuestOptions {
    /// Who may ask: what is not given by options or the environment is in the file.
    ///
    /// # Errors
    /// That a user has no password.
    pub(crate) fn guests(&self, secrets: &SecretsFile) -> Result<Guests, &'static str> {
        let or = |given: &Option<String>, kept: &Option<String>| given.clone().or_else(|| kept.clone());
        let user = match (&self.user, or(&self.auth_password, &secrets.auth_password)) {
            (Some(name), Some(auth_password)) => Some(UsmGuest {
                name: name.clone(),
                auth_protocol: match self.auth_protocol {
                    AuthName::Sha => AuthProtocol::HmacSha1,
                    AuthName::Sha256 => AuthProtocol::HmacSha256,
                },
                auth_password,
                priv_password: or(&self.priv_password, &secrets.priv_password),
            }),
            (Some(_), None) => {
                return Err("--user needs an authentication password: in a file (--secrets), or in \
                            VIRTUAL_PRINTER_AUTH_PASSWORD");
            }
            (None, _) => None,
        };
        Ok(Guests {
            community: or(&self.community, &secrets.community).unwrap_or_else(|| "public".to_owned()),
            write_community: or(&self.write_community, &secrets.write_community),
            user,
        })
    }
}

const AFTER_HELP: &str = "\
Faults:
  loss duplicates truncated wrongRequestId surplus    a share of datagrams, 0 to 1
  dropEvery=N latencyMs=N jitterMs=N silent maxMessageSize=OCTETS
  genErr=OID wrongTypes=OID lies=OID notIncreasing=OID    subtrees; may be given several times

Examples:
  virtual-printer --model xerox --condition low-toner --web 8080
  virtual-printer --recording device.snmprec --listen 127.0.0.1:1161 --community public
  virtual-printer --fleet 12 --user monitor --secrets secrets.toml
  virtual-printer --fleet 2000 --addresses --listen 127.20.0.1:161 --raw off --speaks 2c
  virtual-printer --live --speed 60 --seed 7 --notify inform:2c@127.0.0.1:1162 --control 127.0.0.1:8070
  virtual-printer --fault loss=0.1,latencyMs=40,genErr=1.3.6.1.2.1.43.11
  virtual-printer --model xerox --firmware 2.0 > upgrade.vpf

Exit codes:
  0 ended by Ctrl-C   1 could not start   2 wrong command line";
