//! What the command line of `action` takes.

use crate::action::{By, Firmware, FirmwareFile, Wanted, WayName};
use crate::cli::Format;
use crate::cli::snmp_options::SnmpOptions;
use crate::failure::Failure;
use clap::{Args, Subcommand};
use remote_services_collect::action::Setting;
use remote_services_core::command::Action;
use remote_services_core::hex;
use std::path::PathBuf;

/// Options of `action`.
#[derive(Args)]
#[command(after_help = help!("  remote-services-agent action status 192.0.2.7
  remote-services-agent action ping 192.0.2.7 --format json
  remote-services-agent action restart 192.0.2.7 --serial EHQ100000 --write-community site-write
  remote-services-agent action test-page 192.0.2.7 --way lpr --queue text
  remote-services-agent action set 192.0.2.7 --write-community site-write location=\"Second floor\" contact=\"help@example.com\"
  remote-services-agent action upgrade 192.0.2.7 --file new.dlm --sha-256 9f86...0a08 \\
      --firmware-version 119.010

The device is read first, and again immediately before anything is done to it: if another answers there by then, or one
with another serial number than --serial, nothing is done. What was done is done once, and then looked for: --wait says
for how long. SNMPv1 and v2c write nothing without --write-community. With --data the site's settings count, and the audit log has a line of it.

Names for set: name location contact, printerName operator servicePerson where there is a Printer-MIB, and what the
maker's profile lists, such as assetTag."))]
pub struct ActionOptions {
    /// What to do
    #[command(subcommand)]
    pub what: What,
}

/// Whom to do it to, and how to tell.
#[derive(Args)]
pub struct Whom {
    /// Address or name of the device, with :PORT if SNMP is not on 161
    #[arg(value_name = "HOST")]
    pub host: String,
    /// Only to the device with this serial number
    #[arg(long, value_name = "NUMBER")]
    pub serial: Option<String>,
    /// How to show the result
    #[arg(long, value_enum, default_value = "table")]
    pub format: Format,
    /// Seconds to look whether it shows; default: 600 for a restart, 1800 for an upgrade, 60 for a page
    #[arg(long, value_name = "SECONDS")]
    pub wait: Option<u32>,
    /// Data folder of the agent of this site, whose settings say what may be done
    #[arg(long, value_name = "FOLDER", env = "RS_AGENT_DATA")]
    pub data: Option<PathBuf>,
    /// Who agrees, where the settings say "ask": a name for the audit log
    #[arg(long, value_name = "NAME", requires = "data")]
    pub agreed_by: Option<String>,
    /// How to talk to devices
    #[command(flatten)]
    pub snmp: SnmpOptions,
}

/// By which way print data goes.
#[derive(Args)]
pub struct ByOptions {
    /// Raw TCP or LPR; default: what the device offers
    #[arg(long, value_enum)]
    pub way: Option<WayName>,
    /// TCP port, if not the one that the device names
    #[arg(long, value_name = "PORT", value_parser = clap::value_parser!(u16).range(1..))]
    pub port: Option<u16>,
    /// Queue for LPR, if not the one that the device names
    #[arg(long, value_name = "NAME")]
    pub queue: Option<String>,
}

impl ByOptions {
    fn by(&self) -> By {
        By { way: self.way, port: self.port, queue: self.queue.clone() }
    }
}

/// An action.
#[derive(Subcommand)]
pub enum What {
    /// Read the device and say how it is
    #[command(after_help = help!("  remote-services-agent action status 192.0.2.7
  remote-services-agent action status printer-7.example --format json"))]
    Status {
        /// Whom to do it to
        #[command(flatten)]
        whom: Whom,
    },
    /// Ping it, then read it
    #[command(after_help = help!("  remote-services-agent action ping 192.0.2.7 --format json"))]
    Ping {
        /// Whom to do it to
        #[command(flatten)]
        whom: Whom,
    },
    /// Restart it and watch until it is back
    #[command(after_help = help!(
        "  remote-services-agent action restart 192.0.2.7 --serial EHQ100000 --write-community site-write
  remote-services-agent action restart 192.0.2.7 --user monitor --data DIR --agreed-by \"A. Smith\" \\
      --wait 900"))]
    Restart {
        /// Whom to do it to
        #[command(flatten)]
        whom: Whom,
    },
    /// Print a page in a language that it knows, and see its page counter move
    #[command(after_help = help!("  remote-services-agent action test-page 192.0.2.7
  remote-services-agent action test-page 192.0.2.7 --way lpr --queue text"))]
    TestPage {
        /// Whom to do it to
        #[command(flatten)]
        whom: Whom,
        /// By which way
        #[command(flatten)]
        by: ByOptions,
    },
    /// Send it a firmware, watch it restart and read the version back
    #[command(after_help = help!(
        "  remote-services-agent action upgrade 192.0.2.7 --file new.dlm --sha-256 9f86...0a08 \\
      --firmware-version 119.010
  remote-services-agent action upgrade 192.0.2.7 --file new.dlm --sha-256 9f86...0a08 \\
      --model \"AltaLink C8130\" --from 118.004"))]
    Upgrade {
        /// Whom to do it to
        #[command(flatten)]
        whom: Whom,
        /// The firmware
        #[arg(long, value_name = "FILE")]
        file: PathBuf,
        /// SHA-256 of the file in hexadecimal, as its maker publishes it; with another one nothing is sent
        #[arg(long = "sha-256", value_name = "DIGEST")]
        sha256: String,
        /// The version that must be read back; without it any other than before
        #[arg(long, value_name = "VERSION")]
        firmware_version: Option<String>,
        /// The model that the file is for: what the device calls itself, with or without the name of its maker
        #[arg(long, value_name = "MODEL", value_parser = model)]
        model: Option<String>,
        /// A version that the file may replace; may be given again and again
        #[arg(long, value_name = "VERSION")]
        from: Vec<String>,
        /// By which way
        #[command(flatten)]
        by: ByOptions,
    },
    /// Write settings, and read them back
    #[command(after_help = help!(
        "  remote-services-agent action set 192.0.2.7 --write-community site-write location=\"Second floor\"
  remote-services-agent action set 192.0.2.7 --user monitor name=printer-7 contact=\"help@example.com\""))]
    Set {
        /// Whom to do it to
        #[command(flatten)]
        whom: Whom,
        /// NAME=VALUE
        #[arg(value_name = "NAME=VALUE", required = true)]
        settings: Vec<String>,
    },
}

impl What {
    pub(super) fn whom(&self) -> &Whom {
        match self {
            Self::Status { whom }
            | Self::Ping { whom }
            | Self::Restart { whom }
            | Self::TestPage { whom, .. }
            | Self::Upgrade { whom, .. }
            | Self::Set { whom, .. } => whom,
        }
    }

    /// The word of the site's settings.
    pub(super) fn action(&self) -> Action {
        match self {
            Self::Status { .. } => Action::GetStatus,
            Self::Ping { .. } => Action::Troubleshoot,
            Self::Restart { .. } => Action::Restart,
            Self::TestPage { .. } => Action::PrintTestPage,
            Self::Upgrade { .. } => Action::Upgrade,
            Self::Set { .. } => Action::SetConfiguration,
        }
    }

    pub(super) fn wanted(&self) -> Result<Wanted, Failure> {
        Ok(match self {
            Self::Status { .. } => Wanted::GetStatus,
            Self::Ping { .. } => Wanted::Troubleshoot,
            Self::Restart { .. } => Wanted::Restart,
            Self::TestPage { by, .. } => Wanted::TestPage(by.by()),
            Self::Set { settings, .. } => {
                Wanted::Set(settings.iter().map(setting).collect::<Result<_, _>>()?)
            }
            Self::Upgrade { file, sha256, firmware_version, model, from, by, .. } => {
                let digest = hex::decode(sha256.trim()).ok_or_else(|| {
                    Failure::usage("--sha-256 takes 64 hexadecimal digits, as `sha256sum FILE` prints them")
                })?;
                let opened = FirmwareFile::new(file.clone(), digest)
                    .map_err(|error| Failure::usage(format_args!("{}: {error}", file.display())))?;
                Wanted::Upgrade(Box::new(Firmware {
                    file: opened,
                    by: by.by(),
                    version: firmware_version.clone(),
                    model: model.clone(),
                    from: from.clone(),
                }))
            }
        })
    }
}

fn model(text: &str) -> Result<String, String> {
    if text.trim().is_empty() { Err("a model has a name".to_owned()) } else { Ok(text.to_owned()) }
}

fn setting(text: &String) -> Result<Setting, Failure> {
    let (name, value) = text
        .split_once('=')
        .ok_or_else(|| Failure::usage(format_args!("{text:?} is no setting: NAME=VALUE")))?;
    Ok(Setting { name: name.to_owned(), value: value.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::failure::ExitCode;

    #[test]
    fn a_setting_has_a_name_and_a_value_that_may_have_anything() {
        let parsed = setting(&"contact=a=b".to_owned()).unwrap();
        assert_eq!((parsed.name.as_str(), parsed.value.as_str()), ("contact", "a=b"));
        assert_eq!(setting(&"contact".to_owned()).err().unwrap().code, ExitCode::Usage);
    }
}
