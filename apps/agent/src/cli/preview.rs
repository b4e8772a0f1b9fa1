//! `preview`: what would be sent, beside what was read.

use super::snmp_options::SnmpOptions;
use super::{collect, print, recording};
use crate::consents;
use crate::failure::{Context, Failure};
use crate::home::Home;
use crate::host::{self, Work};
use crate::identity;
use crate::memory::Memory;
use crate::present::preview_json;
use crate::settings::Settings;
use crate::survey::{Detail, Reading, now};
use clap::{Args, ValueEnum};
use remote_services_collect::profile::Profiles;
use remote_services_core::device::DeviceReport;
use remote_services_core::id::Uuid;
use remote_services_core::mode::SecurityMode;
use remote_services_core::redact::{Base, Redaction};
use remote_services_payload::preview::Preview;
use std::path::{Path, PathBuf};

/// Options of `preview`.
#[derive(Args)]
#[command(after_help = help!("  remote-services-agent preview printer-7.example --format html -o preview.html
  remote-services-agent preview --recording device.snmprec --profile lockdown
  remote-services-agent preview 192.0.2.7 --data /var/lib/remote-services --format xml
  remote-services-agent preview --agent --data /var/lib/remote-services", credentials))]
pub struct PreviewOptions {
    /// Device to read: address or name, with :PORT if it is not 161
    #[arg(value_name = "TARGET", required_unless_present_any = ["recording", "agent"])]
    pub target: Option<String>,
    /// Recording of a device (.snmprec) in place of a device
    #[arg(long, value_name = "FILE", conflicts_with = "target")]
    pub recording: Option<PathBuf>,
    /// The document about this agent and its host, too
    #[arg(long)]
    pub agent: bool,
    /// Folder with the agent's data: its settings say what is taken out
    #[arg(long, value_name = "FOLDER", env = "RS_AGENT_DATA")]
    pub data: Option<PathBuf>,
    /// What is taken out, in place of what the settings say
    #[arg(long, value_enum)]
    pub profile: Option<Profile>,
    /// How to show it
    #[arg(long, value_enum, default_value = "text")]
    pub format: PreviewFormat,
    /// File to write it to
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// How to talk to devices
    #[command(flatten)]
    pub snmp: SnmpOptions,
}

/// How to show what would be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum PreviewFormat {
    /// For people at a terminal: the documents as they are sent
    Text,
    /// For people: a page with what was read beside what is sent
    Html,
    /// For programs: the documents as they are sent
    Xml,
    /// For programs: the same content, names as in the XML schemas
    Json,
}

/// A profile that needs no settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Profile {
    /// No user names, e-mail addresses, document names, data of jobs
    Default,
    /// That, and nothing that tells of place, network and people
    Strict,
    /// Nothing with an IP address, and no kinds that need consent
    Lockdown,
}

pub(super) fn carry_out(options: &PreviewOptions) -> Result<(), Failure> {
    let home = options.data.as_deref().map(|data| options.snmp.secrets.look(data));
    let mut settings = match &home {
        Some(home) => Settings::read(home)?,
        None => Settings::default(),
    };
    if let Some(profile) = options.profile {
        settings.redaction = Default::default();
        match profile {
            Profile::Default => settings.mode = SecurityMode::Normal,
            Profile::Strict => {
                settings.mode = SecurityMode::Normal;
                settings.redaction.base = Base::Strict;
            }
            Profile::Lockdown => settings.mode = SecurityMode::Lockdown,
        }
    }
    let preview = all(options, home.as_ref(), &settings)?;
    let text = match options.format {
        PreviewFormat::Text => preview.text(),
        PreviewFormat::Html => preview.page(),
        PreviewFormat::Xml => preview.xml(),
        PreviewFormat::Json => preview_json(&preview)?,
    };
    match &options.output {
        Some(path) => std::fs::write(path, text).context(format_args!("cannot write {}", path.display())),
        None => print(&text),
    }
}

fn all(options: &PreviewOptions, home: Option<&Home>, settings: &Settings) -> Result<Preview, Failure> {
    let mut redaction = settings.redaction()?.knowing(host::addresses());
    if let Some(key) = home.map(consents::pseudonym_key).transpose()?.flatten() {
        redaction = redaction.with_pseudonyms(key);
    }
    let consents = home.map(consents::load).transpose()?.unwrap_or_default();
    let of = |device: Option<Uuid>| {
        let device = device.map(|id| id.to_string());
        let permits = consents::permits(&consents, device.as_deref(), now(), settings.mode);
        consents::permitted(redaction.clone(), &permits)
    };
    let detail = settings.detail();
    let device = match (&options.target, &options.recording) {
        (Some(target), _) => Some(of_device(target, options, settings, home, &of)?),
        (None, Some(path)) => Some(of_recording(path, detail, &of(None))?),
        (None, None) => None,
    };
    let agent = options.agent.then(|| of_agent(home, settings, &redaction)).transpose()?;
    match (device, agent) {
        (Some(device), Some(agent)) => Ok(device.and(agent)),
        (Some(only), None) | (None, Some(only)) => Ok(only),
        (None, None) => Err(Failure::usage("name a device, or --recording, or --agent")),
    }
}

fn of_device(
    target: &str,
    options: &PreviewOptions,
    settings: &Settings,
    home: Option<&Home>,
    redaction: &dyn Fn(Option<Uuid>) -> Redaction,
) -> Result<Preview, Failure> {
    let vault = options.snmp.secrets.vault(options.data.as_deref());
    let mut reading = collect::read_one(target, &options.snmp, vault, &settings.names, settings.detail())?;
    let known = home.filter(|home| identity::exists(home));
    let id = known.map(|home| compare_counters(home, &mut reading)).transpose()?;
    let redaction = redaction(id).knowing([reading.address.ip()]);
    preview(
        &redaction,
        &reading.report,
        &format!("{target}, read at {}", reading.report.identity.header.read_at),
    )
}

/// As `run` does before it seals: epoch and events of the counters, and what this side has seen of the use, are part of what
/// is sent. Gives the device's id.
fn compare_counters(home: &Home, reading: &mut Reading) -> Result<Uuid, Failure> {
    let client = identity::registered(home)?.client;
    let memory = Memory::load(home)?;
    let (id, _) = memory.recognise(client, &reading.report, reading.address);
    memory.compare(id, &mut reading.report);
    memory.used(id, &mut reading.report);
    Ok(id)
}

fn of_recording(path: &Path, detail: Detail, redaction: &Redaction) -> Result<Preview, Failure> {
    let report = recording::report(path, Profiles::builtin(), detail)?;
    preview(redaction, &report, &format!("recording {}", path.display()))
}

fn preview(redaction: &Redaction, report: &DeviceReport, title: &str) -> Result<Preview, Failure> {
    let preview = Preview::of_report(redaction, report).context("cannot write the device's documents")?;
    Ok(preview.titled(title))
}

fn of_agent(home: Option<&Home>, settings: &Settings, redaction: &Redaction) -> Result<Preview, Failure> {
    let devices = home.map(Memory::load).transpose()?.map_or(0, |memory| memory.devices().count() as u64);
    let work = Work {
        data: home.map_or(Path::new("."), Home::root),
        devices_in_scope: devices,
        devices_out_of_scope: 0,
        settings,
    };
    Preview::of_agent(redaction, &host::describe(now(), &work)).context("cannot write the agent's document")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::{Command, Line};
    use clap::Parser;
    use remote_services_core::consent::{Consent, ConsentScope};

    const RECORDING: &str = "\
1.3.6.1.2.1.1.1.0|4|Example C2400, fw 1.2, at 192.0.2.53
1.3.6.1.2.1.1.4.0|4|jane.roe@example.com
1.3.6.1.2.1.1.5.0|4|prn-192-0-2-53
1.3.6.1.2.1.25.3.2.1.2.1|6|1.3.6.1.2.1.25.3.1.5
1.3.6.1.2.1.25.3.2.1.3.1|4|Example C2400
1.3.6.1.2.1.43.5.1.1.17.1|4|XA1234567
1.3.6.1.2.1.43.16.5.1.2.1.1|4|</td><script>alert(1)</script> from 192.0.2.53
";

    fn run(arguments: &[&str]) -> Result<String, Failure> {
        let folder = tempfile::tempdir().unwrap();
        let recording = folder.path().join("device.snmprec");
        std::fs::write(&recording, RECORDING).unwrap();
        std::fs::write(folder.path().join("agent.toml"), SETTINGS).unwrap();
        let (data, output) = (folder.path().to_str().unwrap(), folder.path().join("out"));
        let mut line = vec!["agent", "preview", "--recording", recording.to_str().unwrap()];
        line.extend(["-o", output.to_str().unwrap()]);
        line.extend(arguments.iter().map(|argument| if *argument == "DATA" { data } else { *argument }));
        let Command::Preview(options) = Line::parse_from(line).command else { panic!("not preview") };
        carry_out(&options)?;
        assert!(!folder.path().join("lock").exists(), "looking leaves no trace");
        Ok(std::fs::read_to_string(output).unwrap())
    }

    const SETTINGS: &str = "[redaction]\nname = \"acme\"\n[[redaction.rules]]\nelement = \"Identity/SerialNumber\"\ndo = \"withhold\"\n";

    #[test]
    fn each_profile_shows_what_would_be_sent() {
        let text = run(&[]).unwrap();
        assert!(text.starts_with("redaction profile: default\n"), "{text}");
        assert!(
            text.contains("XA1234567") && text.contains("192.0.2.53") && !text.contains("jane.roe"),
            "{text}"
        );
        let text = run(&["--profile", "lockdown"]).unwrap();
        assert!(
            text.contains("XA1234567") && !text.contains("192.0.2.53") && !text.contains("192-0-2-53"),
            "{text}"
        );
        let text = run(&["--profile", "strict"]).unwrap();
        assert!(text.contains("XA1234567") && !text.contains("prn-"), "{text}");
        let text = run(&["--data", "DATA"]).unwrap();
        assert!(
            text.starts_with("redaction profile: custom.acme\n") && !text.contains("XA1234567"),
            "{text}"
        );
    }

    #[test]
    fn what_is_consented_to_is_shown_as_sent_until_it_is_withdrawn_and_never_in_lockdown() {
        let folder = tempfile::tempdir().unwrap();
        let home = Home::look(folder.path());
        let scope = ConsentScope::PersonalDetails;
        let consent = Consent {
            id: Uuid::from_u128(7),
            given_by: "Ada Lovelace".into(),
            given_at: now(),
            text: scope.statement().into(),
            scopes: vec![scope],
            devices: Vec::new(),
            until: None,
            revocation: None,
        };
        let shown = |more: &[&str]| {
            let data = ["--data", folder.path().to_str().unwrap()];
            run(&[&data[..], more].concat()).unwrap().contains("jane.roe")
        };
        assert!(!shown(&[]));
        consents::record(&home, consent).unwrap();
        assert!(shown(&[]) && !shown(&["--profile", "lockdown"]));
        consents::withdraw(&home, Uuid::from_u128(7), "Ada Lovelace", now()).unwrap();
        assert!(!shown(&[]));
    }

    #[test]
    fn the_page_shows_both_sides_and_carries_nothing_out() {
        let page = run(&["--format", "html", "--profile", "lockdown"]).unwrap();
        assert!(page.contains("jane.roe@example.com") && page.contains("192.0.2.53"), "before");
        assert!(page.contains("&lt;/td&gt;&lt;script&gt;") && !page.contains("<script"));
    }

    #[test]
    fn xml_and_json_hold_the_documents_as_they_are_sent() {
        let xml = run(&["--format", "xml"]).unwrap();
        assert_eq!(xml.matches("<?xml").count(), 1);
        assert!(xml.contains("<Preview redaction=\"default\">") && !xml.contains("jane.roe"));
        let json: serde_json::Value =
            serde_json::from_str(&run(&["--format", "json", "--agent"]).unwrap()).unwrap();
        assert_eq!(json["redaction"], "default");
        assert_eq!(json["DeviceReport"]["Identity"]["SerialNumber"], "XA1234567");
        assert_eq!(json["DeviceReport"]["Identity"]["Contact"], serde_json::Value::Null);
        assert!(json["Agent"]["ApplicationVersion"].is_string());
    }

    #[test]
    fn a_recording_that_is_none_is_a_mistake_of_the_command_line() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x");
        std::fs::write(&path, "nothing\n").unwrap();
        let line = ["agent", "preview", "--recording", path.to_str().unwrap()];
        let Command::Preview(options) = Line::parse_from(line).command else { panic!("not preview") };
        let failure = carry_out(&options).unwrap_err();
        assert_eq!(failure.code, crate::failure::ExitCode::Usage);
    }
}
