//! `secrets rekey`: another key, under which everything is sealed anew.

use super::secrets::{NO_XML, single_files};
use super::secrets_key::SecretsKey;
use super::{Format, print};
use crate::failure::{Context, Failure};
use crate::identity;
use crate::present::counted;
use crate::settings::Settings;
use crate::survey::now;
use crate::trail::Logs;
use clap::Args;
use serde::Serialize;
use std::path::{Path, PathBuf};

/// Options of `secrets rekey`.
#[derive(Args)]
#[command(after_help = help!("  remote-services-agent secrets rekey --data /var/lib/remote-services networks.toml snmp.toml
  remote-services-agent secrets rekey --data DIR --secrets-key /media/key/secrets.key --format json

Name every file with secrets: what was sealed under the old key and is not named here opens no more. Everything is opened
before anything is changed. Ended in between, everything opens, and the same command goes on."))]
pub struct RekeyOptions {
    /// Networks and credentials files; the settings and the agent's own files need not be named
    pub files: Vec<PathBuf>,
    /// Folder with the agent's data
    #[arg(long, value_name = "FOLDER", env = "RS_AGENT_DATA")]
    pub data: PathBuf,
    /// The key that is replaced, where it is not in the data folder
    #[command(flatten)]
    pub secrets: SecretsKey,
    /// How to show the result
    #[arg(long, value_enum, default_value = "table")]
    pub format: Format,
}

pub(super) fn carry_out(options: &RekeyOptions) -> Result<(), Failure> {
    if options.format == Format::Xml {
        return Err(Failure::usage(NO_XML));
    }
    if !options.data.is_dir() {
        return Err(Failure::usage(format_args!("{} is no data folder", options.data.display())));
    }
    // Held: an agent at work would seal and open under the old one.
    let home = options.secrets.open(&options.data)?;
    let single: Vec<_> = match home.settings().exists() {
        true => single_files(&Settings::read(&home)?).map(|(file, kind, _)| (file, kind.name())).collect(),
        false => Vec::new(),
    };
    let done = home.vault().rekey(&options.files, &single)?;
    let count = done.files.iter().map(|(_, count)| count).sum();
    let told = format!("{} sealed anew under a new key in {}", counted(count, "secret"), done.key.display());
    match options.format {
        Format::Json => {
            let files: Vec<_> =
                done.files.iter().map(|(file, count)| Anew { file, secrets: *count }).collect();
            let result = Anewed { key_file: &done.key, resumed: done.resumed, files };
            print(&serde_json::to_string_pretty(&result).context("cannot write JSON")?)?;
        }
        _ => {
            for (file, count) in &done.files {
                say!("{}: {}", file.display(), counted(*count, "secret"));
            }
            say!("{told}{}", if done.resumed { ", as an earlier try had begun" } else { "" });
        }
    }
    // The key is changed, whatever becomes of the line about it.
    let note = || {
        // A vault of before would still hold the old key.
        let home = home.with_secrets_key(options.secrets.secrets_key.as_deref());
        if !identity::exists(&home) {
            return Ok(());
        }
        let settings = Settings::read(&home)?;
        let (_, identity) = identity::load(&home, &settings)?;
        let mut audit = Logs::open(&home, &identity, &settings.limits)?.main;
        audit.append(now(), "secrets", "key", &told).context("audit log")
    };
    note().map_err(|failure: Failure| failure.while_doing("the key is changed, but it could not be noted"))
}

/// What a change of the key has done, as the command shows it.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Anewed<'a> {
    key_file: &'a Path,
    resumed: bool,
    files: Vec<Anew<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Anew<'a> {
    file: &'a Path,
    secrets: usize,
}
