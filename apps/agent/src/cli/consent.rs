//! `consent`: what people of the site agreed to send.

use super::{Format, print};
use crate::consents;
use crate::failure::{Context, Failure};
use crate::home::Home;
use crate::pack::fresh_uuid;
use crate::present::{printable, table};
use crate::survey::now;
use clap::{Args, Subcommand};
use remote_services_core::consent::{Consent, ConsentScope, Consents};
use remote_services_core::id::Uuid;
use remote_services_core::time::Timestamp;
use std::path::PathBuf;

/// Options of `consent`.
#[derive(Args)]
#[command(after_help = help!("  remote-services-agent consent text personalDetails
  remote-services-agent consent record --data /var/lib/remote-services --scope personalDetails --given-by \"Ada Lovelace\" --agree
  remote-services-agent consent list --data /var/lib/remote-services --format json
  remote-services-agent consent withdraw --data /var/lib/remote-services 01936b2e-0000-7000-8000-000000000001 --by \"Ada Lovelace\""))]
pub struct ConsentOptions {
    /// What to do
    #[command(subcommand)]
    pub command: ConsentCommand,
}

/// What can be done about consents.
#[derive(Subcommand)]
pub enum ConsentCommand {
    /// Show the words that somebody agrees to
    #[command(after_help = help!("  remote-services-agent consent text personalDetails"))]
    Text(TextOptions),
    /// Put a consent on record
    #[command(after_help = help!(
        "  remote-services-agent consent record --data DIR --scope personalDetails \\
      --given-by \"Ada Lovelace\" --agree
  remote-services-agent consent record --data DIR --scope engineering \\
      --device 01890a5d-ac96-774b-bcce-b302099a8057 --until 2027-01-31T00:00:00Z \\
      --given-by \"Ada Lovelace\" --agree"))]
    Record(RecordOptions),
    /// Show the consents on record, those that ended or were withdrawn too
    #[command(after_help = help!("  remote-services-agent consent list --data DIR
  remote-services-agent consent list --data DIR --format json"))]
    List(ListOptions),
    /// Take a consent back: nothing is sent under it from now on
    #[command(after_help = help!(
        "  remote-services-agent consent withdraw --data DIR 01890a5d-ac96-774b-bcce-b302099a8057 \\
      --by \"Ada Lovelace\""))]
    Withdraw(WithdrawOptions),
}

/// Options of `consent text`.
#[derive(Args)]
pub struct TextOptions {
    /// jobAccounting, printControl, engineering, jobReproduction or personalDetails
    #[arg(value_parser = scope)]
    pub scope: ConsentScope,
}

/// Options of `consent record`.
#[derive(Args)]
pub struct RecordOptions {
    /// Folder with the agent's data
    #[arg(long, value_name = "FOLDER", env = "RS_AGENT_DATA")]
    pub data: PathBuf,
    /// To what: jobAccounting, printControl, engineering, jobReproduction or personalDetails; may be repeated
    #[arg(long, required = true, value_parser = scope)]
    pub scope: Vec<ConsentScope>,
    /// Who agrees: a person with the right to
    #[arg(long, value_name = "PERSON")]
    pub given_by: String,
    /// For this device alone, by the id that the server shows; may be repeated
    #[arg(long, value_name = "ID")]
    pub device: Vec<Uuid>,
    /// When it ends, as 2027-01-31T00:00:00Z; without it, when it is withdrawn
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub until: Option<Timestamp>,
    /// The person has read the words that `consent text` shows, and agrees
    #[arg(long)]
    pub agree: bool,
}

/// Options of `consent list`.
#[derive(Args)]
pub struct ListOptions {
    /// Folder with the agent's data
    #[arg(long, value_name = "FOLDER", env = "RS_AGENT_DATA")]
    pub data: PathBuf,
    /// How to show the result
    #[arg(long, value_enum, default_value = "table")]
    pub format: Format,
}

/// Options of `consent withdraw`.
#[derive(Args)]
pub struct WithdrawOptions {
    /// Folder with the agent's data
    #[arg(long, value_name = "FOLDER", env = "RS_AGENT_DATA")]
    pub data: PathBuf,
    /// The consent, as `consent list` shows it
    #[arg(value_name = "ID")]
    pub id: Uuid,
    /// Who takes it back
    #[arg(long, value_name = "PERSON", value_parser = person)]
    pub by: String,
}

fn scope(label: &str) -> Result<ConsentScope, String> {
    match ConsentScope::from_label(label) {
        ConsentScope::Unlisted(_) => {
            let labels: Vec<&str> = ConsentScope::LISTED.iter().map(|(scope, ..)| scope.label()).collect();
            Err(format!("one of {}", labels.join(", ")))
        }
        listed => Ok(listed),
    }
}

fn person(name: &str) -> Result<String, String> {
    if name.trim().is_empty() {
        return Err("a consent is taken back by a person: say who".to_owned());
    }
    Ok(name.to_owned())
}

fn time(text: &str) -> Result<Timestamp, String> {
    text.parse().map_err(|error| format!("{error}; write it as 2027-01-31T00:00:00Z"))
}

pub(super) fn carry_out(options: &ConsentOptions) -> Result<(), Failure> {
    match &options.command {
        ConsentCommand::Text(options) => print(options.scope.statement()),
        ConsentCommand::Record(options) => {
            let id = record(options, now())?;
            print(&id.to_string())
        }
        ConsentCommand::List(options) => {
            list(&consents::load(&Home::existing(&options.data)?)?, options.format, now())
        }
        ConsentCommand::Withdraw(options) => {
            consents::withdraw(&Home::beside(&options.data)?, options.id, &options.by, now())?;
            say!("consent {} is withdrawn", options.id);
            Ok(())
        }
    }
}

fn record(options: &RecordOptions, now: Timestamp) -> Result<Uuid, Failure> {
    let text = options.scope.iter().map(ConsentScope::statement).collect::<Vec<_>>().join("\n");
    if !options.agree {
        return Err(Failure::usage(format_args!(
            "nothing is recorded without --agree, by which {} agrees to: {text}",
            printable(&options.given_by)
        )));
    }
    let id = fresh_uuid(now)?;
    let consent = Consent {
        id,
        given_by: options.given_by.clone(),
        given_at: now,
        scopes: options.scope.clone(),
        devices: options.device.iter().map(ToString::to_string).collect(),
        until: options.until,
        text,
        revocation: None,
    };
    consents::record(&Home::beside(&options.data)?, consent)?;
    Ok(id)
}

fn list(consents: &Consents, format: Format, now: Timestamp) -> Result<(), Failure> {
    match format {
        Format::Json => print(&serde_json::to_string_pretty(consents).context("cannot write JSON")?),
        Format::Table => {
            let mut table = table(&["Id", "Scopes", "Given by", "Given at", "Devices", "State"]);
            for consent in consents.records() {
                let scopes: Vec<&str> = consent.scopes.iter().map(ConsentScope::label).collect();
                table.add_row([
                    consent.id.to_string(),
                    scopes.join(", "),
                    printable(&consent.given_by),
                    consent.given_at.to_string(),
                    if consent.devices.is_empty() { "all".to_owned() } else { consent.devices.join(", ") },
                    state(consent, now),
                ]);
            }
            print(&table.to_string())
        }
        Format::Xml => Err(Failure::usage("consents have no XML: take table or json")),
    }
}

fn state(consent: &Consent, now: Timestamp) -> String {
    match (&consent.revocation, consent.until) {
        (Some(revocation), _) => format!("withdrawn at {} by {}", revocation.at, printable(&revocation.by)),
        (None, Some(until)) if until <= now => format!("ended at {until}"),
        (None, Some(until)) => format!("counts until {until}"),
        (None, None) => "counts".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::{Command, Line};
    use clap::Parser;

    fn run(line: &[&str]) -> Result<(), Failure> {
        let line = ["agent", "consent"].iter().chain(line);
        let Command::Consent(options) = Line::parse_from(line).command else { panic!("not consent") };
        carry_out(&options)
    }

    #[test]
    fn a_consent_is_recorded_with_the_words_and_withdrawn_by_its_id() {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().to_str().unwrap();
        let give = ["record", "--data", data, "--scope", "personalDetails", "--given-by", "Ada Lovelace"];
        let failure = run(&give).unwrap_err();
        assert!(failure.sentence.contains("The contact, phone numbers"), "{failure}");
        run(&[&give[..], &["--agree"]].concat()).unwrap();
        let recorded = consents::load(&Home::look(folder.path())).unwrap();
        let [consent] = recorded.records() else { panic!("{recorded:?}") };
        assert_eq!(consent.text, ConsentScope::PersonalDetails.statement());
        assert_eq!(state(consent, now()), "counts");
        let id = consent.id.to_string();
        for format in ["table", "json"] {
            run(&["list", "--data", data, "--format", format]).unwrap();
        }
        let by_nobody = ["agent", "consent", "withdraw", "--data", data, &id, "--by", " "];
        let refused = Line::try_parse_from(by_nobody).err().map(|error| error.to_string());
        assert!(refused.is_some_and(|sentence| sentence.contains("say who")));
        run(&["withdraw", "--data", data, &id, "--by", "Ada Lovelace"]).unwrap();
        let failure = run(&["withdraw", "--data", data, &id, "--by", "Ada Lovelace"]).unwrap_err();
        assert_eq!(failure.code, crate::failure::ExitCode::Failed);
        let recorded = consents::load(&Home::look(folder.path())).unwrap();
        assert!(state(&recorded.records()[0], now()).contains("withdrawn at"));
    }

    #[test]
    fn what_proves_nothing_is_not_recorded() {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().to_str().unwrap();
        let nobody = run(&["record", "--data", data, "--scope", "engineering", "--given-by", " ", "--agree"]);
        assert!(nobody.unwrap_err().sentence.contains("does not say who gave it"));
        for wrong in [
            ["record", "--data", data, "--given-by", "Ada", "--scope", "everything"],
            ["record", "--data", data, "--given-by", "Ada", "--until", "tomorrow"],
        ] {
            assert!(Line::try_parse_from(["agent", "consent"].iter().chain(&wrong)).is_err());
        }
        assert!(!folder.path().join("state/consents.json").exists());
    }
}
