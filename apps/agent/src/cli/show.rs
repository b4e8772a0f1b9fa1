//! `show`: the state of a device, from the device, a recording or a report that was kept.

use super::snmp_options::SnmpOptions;
use super::{Format, collect, print, recording};
use crate::failure::Failure;
use crate::names::NamesSection;
use crate::present::{device_table, report_json, report_xml};
use crate::profiles;
use crate::survey::Detail;
use clap::Args;
use remote_services_core::device::DeviceReport;
use std::path::{Path, PathBuf};

/// Options of `show`.
#[derive(Args)]
#[command(after_help = help!("  remote-services-agent show 192.0.2.7
  remote-services-agent show --recording device.snmprec --format json
  remote-services-agent collect 192.0.2.7 --format json > kept.json
  remote-services-agent show --report kept.json", credentials))]
pub struct ShowOptions {
    /// Device to read: address or name, with :PORT if it is not 161
    #[arg(value_name = "TARGET", required_unless_present_any = ["recording", "report"])]
    pub target: Option<String>,
    /// Recording of a device (.snmprec) in place of a device
    #[arg(long, value_name = "FILE", conflicts_with = "target")]
    pub recording: Option<PathBuf>,
    /// Report that collect or show has written as JSON
    #[arg(long, value_name = "FILE", conflicts_with_all = ["target", "recording"])]
    pub report: Option<PathBuf>,
    /// How to show it
    #[arg(long, value_enum, default_value = "table")]
    pub format: Format,
    /// How to talk to devices
    #[command(flatten)]
    pub snmp: SnmpOptions,
}

pub(super) fn carry_out(options: &ShowOptions) -> Result<(), Failure> {
    let report = match (&options.target, &options.recording, &options.report) {
        (Some(target), _, _) => {
            collect::read_one(
                target,
                &options.snmp,
                options.snmp.secrets.vault(None),
                &NamesSection::default(),
                Detail::Usual,
            )?
            .report
        }
        (None, Some(path), _) => {
            recording::report(path, profiles::read(&options.snmp.profiles)?, Detail::Usual)?
        }
        (None, None, Some(path)) => kept(path)?,
        (None, None, None) => return Err(Failure::usage("name a device, or --recording, or --report")),
    };
    match options.format {
        Format::Table => print(&device_table(&report).to_string()),
        Format::Json => print(&report_json(&report)?),
        Format::Xml => print(&report_xml(&report)?),
    }
}

fn kept(path: &Path) -> Result<DeviceReport, Failure> {
    let wrong =
        |error: &dyn std::fmt::Display| Failure::usage(format_args!("report {}: {error}", path.display()));
    let octets = std::fs::read(path).map_err(|error| wrong(&error))?;
    serde_json::from_slice(&octets).map_err(|error| wrong(&error))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::{Command, Line};
    use crate::failure::ExitCode;
    use clap::Parser;
    use remote_services_collect::synthetic;

    fn show(words: &[&str]) -> Result<(), Failure> {
        let line = [&["agent", "show"], words].concat();
        let Command::Show(options) = Line::parse_from(line).command else { panic!("not show") };
        carry_out(&options)
    }

    #[test]
    fn a_report_that_was_kept_is_read_back_as_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let recorded = folder.path().join("ricoh.snmprec");
        std::fs::write(&recorded, synthetic::by_name("ricoh").unwrap().text).unwrap();
        let profiles = remote_services_collect::profile::Profiles::builtin();
        let report = recording::report(&recorded, profiles, Detail::Usage).unwrap();
        let file = folder.path().join("kept.json");
        std::fs::write(&file, report_json(&report).unwrap()).unwrap();
        assert_eq!(kept(&file).unwrap(), report);
        for format in ["table", "json", "xml"] {
            show(&["--report", file.to_str().unwrap(), "--format", format]).unwrap();
            show(&["--recording", recorded.to_str().unwrap(), "--format", format]).unwrap();
        }
    }

    #[test]
    fn a_file_that_is_no_report_is_a_mistake_of_the_command_line_with_its_place() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("x.json");
        std::fs::write(&file, "{\n  \"Identity\": 7\n}\n").unwrap();
        let failure = show(&["--report", file.to_str().unwrap()]).unwrap_err();
        assert_eq!(failure.code, ExitCode::Usage);
        assert!(failure.sentence.contains("line 2"), "{}", failure.sentence);
    }
}
