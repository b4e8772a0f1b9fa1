//! `replay`: recordings served as if the devices were there.

use super::{Format, print};
use crate::failure::{Context, Failure};
use clap::Args;
use remote_services_collect::record::Mode;
use remote_services_snmp::crypto::AuthProtocol;
use serde_json::json;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::net::UdpSocket;
use virtual_printer::access::{Engines, Guests, UsmGuest};
use virtual_printer::printer::{self, Printer, PrinterOptions};
use virtual_printer::services::Services;
use virtual_printer::source::Source;

/// Options of `replay`.
#[derive(Args)]
#[command(after_help = help!("  remote-services-agent replay device.snmprec
  remote-services-agent replay --listen 127.0.0.1:0 --format json one.snmprec two.snmprec
  remote-services-agent replay --working device.snmprec
  remote-services-agent collect 127.0.0.1:16100

It runs until Ctrl-C, which is no failure: exit code 0. The program virtual-printer does more: faults, jobs, alerts."))]
pub struct ReplayOptions {
    /// Recordings (.snmprec), each on a port of its own
    #[arg(value_name = "FILE", required = true)]
    pub files: Vec<PathBuf>,
    /// Address and UDP port of the first, the others behind it; port 0 is any free one for each
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:16100")]
    pub listen: SocketAddr,
    /// Let counters, levels and uptime move, and names be written; otherwise all is as it was recorded
    #[arg(long)]
    pub working: bool,
    /// Community that may read
    #[arg(
        short,
        long,
        value_name = "NAME",
        default_value = "public",
        env = "RS_SNMP_COMMUNITY",
        hide_env_values = true
    )]
    pub community: String,
    /// SNMPv3 user, with SHA-256 and AES-128
    #[arg(short, long, value_name = "NAME", requires = "auth_password")]
    pub user: Option<String>,
    /// Its authentication password, at least 8 characters
    #[arg(short = 'A', long, value_name = "PASSWORD", env = "RS_SNMP_AUTH_PASSWORD", hide_env_values = true)]
    pub auth_password: Option<String>,
    /// Its privacy password, at least 8 characters
    #[arg(short = 'X', long, value_name = "PASSWORD", env = "RS_SNMP_PRIV_PASSWORD", hide_env_values = true)]
    pub priv_password: Option<String>,
    /// How to say where they are
    #[arg(long, value_enum, default_value = "table")]
    pub format: Format,
}

pub(super) fn carry_out(options: &ReplayOptions) -> Result<(), Failure> {
    if options.format == Format::Xml {
        return Err(Failure::usage("replay has no XML: take table or json"));
    }
    let sources = options.files.iter().map(|path| read(path)).collect::<Result<Vec<_>, _>>()?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.context("cannot start the runtime")?;
    runtime.block_on(async {
        let devices = serve(options, sources).await?;
        let lines = options.files.iter().zip(&devices);
        match options.format {
            Format::Json => {
                let all: serde_json::Value =
                    lines.map(|(file, device)| json!({ "File": file, "Address": device.snmp })).collect();
                print(&all.to_string())?;
            }
            _ => lines.for_each(|(file, device)| say!("{} is on {}", file.display(), device.snmp)),
        }
        tokio::signal::ctrl_c().await.context("cannot handle Ctrl-C")
    })
}

fn read(path: &Path) -> Result<Arc<Source>, Failure> {
    let wrong =
        |error: &dyn std::fmt::Display| Failure::usage(format_args!("recording {}: {error}", path.display()));
    let octets = std::fs::read(path).map_err(|error| wrong(&error))?;
    let name = path.file_stem().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let source = Source::parse(&name, &octets, Mode::Lenient).map_err(|error| wrong(&error))?;
    if source.recorded.is_empty() {
        return Err(wrong(&"no line of it is a value"));
    }
    for skipped in &source.skipped {
        tell!("{}: left out: {skipped}", path.display());
    }
    Ok(Arc::new(source))
}

async fn serve(options: &ReplayOptions, sources: Vec<Arc<Source>>) -> Result<Vec<Printer>, Failure> {
    let user = options.user.clone().zip(options.auth_password.clone());
    let engines = Engines::new(&Guests {
        community: options.community.clone(),
        write_community: None,
        user: user.map(|(name, auth_password)| UsmGuest {
            name,
            auth_protocol: AuthProtocol::HmacSha256,
            auth_password,
            priv_password: options.priv_password.clone(),
        }),
    });
    let mut devices = Vec::new();
    for (at, source) in (0..).zip(sources) {
        let port = match options.listen.port() {
            0 => Some(0),
            first => first.checked_add(at),
        };
        let port = port.ok_or_else(|| Failure::usage("there are more recordings than ports"))?;
        let address = SocketAddr::new(options.listen.ip(), port);
        let socket = UdpSocket::bind(address).await.context(format_args!("cannot listen on {address}"))?;
        let each = PrinterOptions {
            services: Services::none(),
            to_the_letter: !options.working,
            ..PrinterOptions::default()
        };
        devices.push(printer::start(source, each, &engines, socket).await.context("cannot replay")?);
    }
    Ok(devices)
}
