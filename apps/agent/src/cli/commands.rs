//! `commands`: those that wait for a person at the site, and what people say of them.

use super::{Format, print};
use crate::decision::Decision;
use crate::failure::{Context, Failure};
use crate::home::Home;
use crate::journal::CommandJournal;
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
    /// Agree: the agent carries it out at its next turn
    #[command(after_help = help!(
        "  remote-services-agent commands agree --data DIR --by \"A. Smith\" \\
      01890a5d-ac96-774b-bcce-b302099a8057"))]
    Agree(Word),
    /// Refuse: the server is told that consent was denied
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
        let left = Decision::left(home, id).context("a decision about a command")?;
        waiting.push(serde_json::json!({
            "command": id, "action": command.action, "device": command.device, "issuer": command.issuer,
            "reason": command.reason, "expiresAt": command.expires_at, "decision": left,
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
                    let decided = match row["decision"]["given"].as_bool() {
                        Some(true) => ", agreed, not begun yet",
                        Some(false) => ", refused",
                        None => "",
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
    let home = Home::beside(&word.data)?;
    let id = word.command.to_string();
    if !waiting(&home)?.iter().any(|row| row["command"] == id) {
        return Err(Failure::failed(format_args!("no command {id} waits for anybody to agree")));
    }
    let decision = Decision { given, by: word.by.clone(), at: now(), reason: word.reason.clone() };
    decision.leave(&home, word.command).context("the decision cannot be kept")?;
    print(if given {
        "agreed: the agent carries it out at its next turn"
    } else {
        "refused: the server will be told"
    })
}
