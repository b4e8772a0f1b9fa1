//! `commands`: those that wait for a person at the site, and what people say of them.

use super::{Format, print};
use crate::decision::{Decision, SAY_AGAIN};
use crate::failure::{Context, Failure};
use crate::home::Home;
use crate::journal::{CommandJournal, Entry};
use crate::present::printable;
use crate::survey::now;
use clap::{Args, Subcommand};
use remote_services_core::command::CommandState;
use remote_services_core::id::Uuid;
use std::path::PathBuf;

/// Options of `commands`.
#[derive(Args)]
#[command(after_help = help!("  remote-services-agent commands list --data DIR
  remote-services-agent commands agree --data DIR --by \"A. Smith\" 01890a5d-ac96-774b-bcce-b302099a8057
  remote-services-agent commands refuse --data DIR --by \"A. Smith\" \\
      --reason \"audit today\" 01890a5d-ac96-774b-bcce-b302099a8057"))]
pub struct CommandsOptions {
    /// What to do
    #[command(subcommand)]
    pub what: What,
}

/// What to do with commands that wait.
#[derive(Subcommand)]
pub enum What {
    /// Show the commands that wait for somebody to agree
    #[command(after_help = help!("  remote-services-agent commands list --data DIR
  remote-services-agent commands list --data DIR --format json"))]
    List {
        /// Folder with the agent's data
        #[arg(long, value_name = "FOLDER", env = "RS_AGENT_DATA")]
        data: PathBuf,
        /// How to show them
        #[arg(long, value_enum, default_value = "table")]
        format: Format,
    },
    /// Agree: the agent carries it out at its next turn, unless somebody refuses before it begins
    #[command(after_help = help!(
        "  remote-services-agent commands agree --data DIR --by \"A. Smith\" \\
      01890a5d-ac96-774b-bcce-b302099a8057"))]
    Agree(Word),
    /// Refuse: the server is told that consent was denied, also where somebody else has agreed
    #[command(after_help = help!(
        "  remote-services-agent commands refuse --data DIR --by \"A. Smith\" \\
      --reason \"audit today\" 01890a5d-ac96-774b-bcce-b302099a8057"))]
    Refuse(Word),
}

/// A person's word.
#[derive(Args)]
pub struct Word {
    /// Folder with the agent's data
    #[arg(long, value_name = "FOLDER", env = "RS_AGENT_DATA")]
    pub data: PathBuf,
    /// Your name, for the audit log
    #[arg(long, value_name = "NAME")]
    pub by: String,
    /// Why
    #[arg(long, value_name = "TEXT")]
    pub reason: Option<String>,
    /// The command, as the list shows it
    #[arg(value_name = "COMMAND")]
    pub command: Uuid,
}

pub(super) fn carry_out(options: &CommandsOptions) -> Result<(), Failure> {
    match &options.what {
        What::List { data, format } => list(&Home::existing(data)?, *format),
        What::Agree(word) => decide(word, true),
        What::Refuse(word) => decide(word, false),
    }
}

fn waiting(home: &Home) -> Result<Vec<serde_json::Value>, Failure> {
    if !home.state("commands").exists() {
        return Ok(Vec::new());
    }
    let journal = CommandJournal::open(home).context("command journal")?;
    let mut waiting = Vec::new();
    for id in journal.open_commands() {
        let Some(entry) = journal.get(id) else { continue };
        let (Some(command), CommandState::AwaitingConsent) = (&entry.command, &entry.execution.state) else {
            continue;
        };
        let left = Decision::left(home, id).unwrap_or_else(|damaged| {
            tell!("{damaged}: {SAY_AGAIN}");
            None
        });
        let decision = left.or_else(|| entry.decision.clone());
        waiting.push(serde_json::json!({
            "command": id, "action": command.action, "device": command.device, "issuer": command.issuer,
            "reason": command.reason, "expiresAt": command.expires_at, "decision": decision,
        }));
    }
    Ok(waiting)
}

fn list(home: &Home, format: Format) -> Result<(), Failure> {
    let waiting = waiting(home)?;
    match format {
        Format::Json => print(&format!("{:#}", serde_json::Value::Array(waiting))),
        Format::Xml => Err(Failure::usage("commands are shown as table or json")),
        Format::Table if waiting.is_empty() => print("no command waits for anybody to agree"),
        Format::Table => {
            let text = |row: &serde_json::Value, name: &str| row[name].as_str().unwrap_or("-").to_owned();
            let lines: Vec<String> = waiting
                .iter()
                .map(|row| {
                    let by = row["decision"]["by"].as_str().unwrap_or_default();
                    let decided = match row["decision"]["given"].as_bool() {
                        Some(true) => format!(", agreed by {by}, not begun yet"),
                        Some(false) => format!(", refused by {by}"),
                        None => String::new(),
                    };
                    printable(&format!(
                        "{}  {} device {}, asked by {}: {} (until {}{decided})",
                        text(row, "command"),
                        text(row, "action"),
                        text(row, "device"),
                        text(row, "issuer"),
                        text(row, "reason"),
                        text(row, "expiresAt"),
                    ))
                })
                .collect();
            print(&lines.join("\n"))
        }
    }
}

fn decide(word: &Word, given: bool) -> Result<(), Failure> {
    if word.by.trim().is_empty() {
        return Err(Failure::usage("--by needs the name of the person who decides"));
    }
    let (home, id) = (Home::beside(&word.data)?, word.command);
    let nobody = || Failure::failed(format_args!("no command {id} waits for anybody to agree"));
    // A mistyped name leaves nothing behind in a folder of no agent.
    if !home.state("commands").exists() {
        return Err(nobody());
    }
    // The agent takes up no decision, and begins nothing, until this one is left.
    let alone = Decision::alone(&home).context(KEEPING)?;
    let journal = CommandJournal::open(&home).context("command journal")?;
    let entry = journal.get(id).filter(|entry| waits(entry)).ok_or_else(nobody)?;
    let (before, is_left) = match Decision::left(&home, id) {
        Ok(Some(left)) => (Some(left), true),
        Ok(None) => (entry.decision.clone(), false),
        Err(damaged) => {
            tell!("{}", damaged.set_aside("what you say now takes its place").context(KEEPING)?);
            (None, false)
        }
    };
    if let Some(before) = before.as_ref().filter(|before| given || !before.given) {
        let stays = if before.given { "that stays until somebody refuses it" } else { "a refusal stays" };
        return Err(Failure::failed(format_args!("nothing was changed: {before}; {stays}")));
    }
    let text = match (given, &before) {
        (true, _) => "agreed: the agent carries it out at its next turn".to_owned(),
        (false, None) => "refused: the server will be told".to_owned(),
        (false, Some(before)) => {
            format!("refused, and so is not done, although {before}: the server will be told")
        }
    };
    // What the agent has taken up already is on record without that.
    let overrules = before.filter(|_| is_left).map(Box::new);
    let decision = Decision { given, by: word.by.clone(), at: now(), reason: word.reason.clone(), overrules };
    decision.leave(&home, id).context(KEEPING)?;
    drop(alone);
    print(&printable(&text))
}

fn waits(entry: &Entry) -> bool {
    entry.command.is_some() && entry.execution.state == CommandState::AwaitingConsent
}

const KEEPING: &str = "the decision cannot be kept";
