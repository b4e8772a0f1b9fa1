//! `secrets`: seals what people write into files, and shows what is stored in clear.

use super::secrets_key::SecretsKey;
use super::secrets_rekey::{self, RekeyOptions};
use super::{Format, print};
use crate::failure::{Context, Failure};
use crate::home::Home;
use crate::present::{counted, printable, table};
use crate::settings::Settings;
use crate::vault::toml::{self, Found, Kind};
use crate::vault::{Kept, Place, Vault, is_sealed};
use clap::{Args, Subcommand};
use serde::Serialize;
use std::io::{IsTerminal as _, Read as _};
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// Options of `secrets`.
#[derive(Args)]
#[command(after_help = help!("  remote-services-agent secrets seal auth-password --data /var/lib/remote-services
  pwgen 24 1 | remote-services-agent secrets seal communities --data DIR
  remote-services-agent secrets seal-files --data DIR DIR/agent.toml networks.toml
  remote-services-agent secrets status --data DIR networks.toml --format json
  remote-services-agent secrets rekey --data DIR networks.toml"))]
pub struct SecretsOptions {
    /// What to do
    #[command(subcommand)]
    pub command: SecretsCommand,
}

/// What to do with secrets.
#[derive(Subcommand)]
pub enum SecretsCommand {
    /// Seal one value, read from standard input, and print the text that stands in its place
    Seal(SealOptions),
    /// Seal the secrets of settings, networks and credentials files where they stand; all else in them stays
    SealFiles(SealFilesOptions),
    /// Show what is sealed and where the key is; exit code 1 when a secret is in clear or does not open
    Status(StatusOptions),
    /// Make a new key, and seal everything anew under it; the agent must not be at work
    Rekey(RekeyOptions),
}

/// Options of `secrets seal`.
#[derive(Args)]
#[command(after_help = help!("  remote-services-agent secrets seal auth-password --data /var/lib/remote-services
  pwgen 24 1 | remote-services-agent secrets seal communities --secrets-key /etc/remote-services/secrets.key"))]
pub struct SealOptions {
    /// The setting that it is for, anywhere in any file; it opens as no other
    pub setting: Kind,
    /// Where the key is
    #[command(flatten)]
    pub with: WithOptions,
}

/// Options of `secrets seal-files`.
#[derive(Args)]
#[command(after_help = help!("  remote-services-agent secrets seal-files --data DIR DIR/agent.toml networks.toml"))]
pub struct SealFilesOptions {
    /// Settings, networks and credentials files
    #[arg(required = true)]
    pub files: Vec<PathBuf>,
    /// Where the key is
    #[command(flatten)]
    pub with: WithOptions,
}

/// Options of `secrets status`.
#[derive(Args)]
#[command(after_help = help!("  remote-services-agent secrets status --data DIR
  remote-services-agent secrets status --data DIR networks.toml --format json || echo not all is sealed"))]
pub struct StatusOptions {
    /// Networks and credentials files; the settings and the agent's own files need not be named
    pub files: Vec<PathBuf>,
    /// Where the key is
    #[command(flatten)]
    pub with: WithOptions,
    /// How to show the result
    #[arg(long, value_enum, default_value = "table")]
    pub format: Format,
}

/// Where the key is.
#[derive(Args)]
pub struct WithOptions {
    /// Folder with the agent's data
    #[arg(long, value_name = "FOLDER", env = "RS_AGENT_DATA", required_unless_present = "secrets_key")]
    pub data: Option<PathBuf>,
    /// Where else the key may be
    #[command(flatten)]
    pub secrets: SecretsKey,
}

impl WithOptions {
    fn vault(&self) -> Vault {
        self.secrets.vault(self.data.as_deref())
    }
}

pub(super) fn carry_out(options: &SecretsOptions) -> Result<(), Failure> {
    match &options.command {
        SecretsCommand::Seal(options) => {
            let secret = one_value(options.setting)?;
            print(&options.with.vault().key_or_new()?.seal(options.setting.name(), &secret)?)
        }
        SecretsCommand::SealFiles(options) => seal_files(options),
        SecretsCommand::Status(options) => status(options),
        SecretsCommand::Rekey(options) => secrets_rekey::carry_out(options),
    }
}

fn seal_files(options: &SealFilesOptions) -> Result<(), Failure> {
    let vault = options.with.vault();
    for path in &options.files {
        match toml::seal_file(&vault, path)? {
            0 => say!("{}: no secret in clear", path.display()),
            count => say!("{}: {} sealed", path.display(), counted(count, "secret")),
        }
    }
    Ok(())
}

/// Warns of secrets in clear in these files and in the settings, without a word of what they are.
pub(super) fn tell_plain(home: &Home, files: &[&Path]) {
    let settings = home.settings();
    for path in [settings.as_path()].iter().chain(files) {
        // Whoever reads the file for its meaning says what is wrong with it.
        let found = toml::text("file", path).ok().and_then(|text| toml::find(&text).ok()).unwrap_or_default();
        let plain = found.iter().filter(|it| it.is_plain_secret()).count();
        if plain > 0 {
            tell!(
                "{} in clear in {}: seal by remote-services-agent secrets seal-files",
                counted(plain, "secret"),
                path.display()
            );
        }
    }
}

/// Secrets and key, as the command shows them.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Status {
    key_place: &'static str,
    key_file: PathBuf,
    key: &'static str,
    /// Whether a change of the key was begun and not ended.
    rekeying: bool,
    secrets: Vec<Stored>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Stored {
    file: PathBuf,
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<usize>,
    secret: String,
    state: State,
    #[serde(skip_serializing_if = "Option::is_none")]
    why: Option<String>,
}

#[derive(Clone, Copy, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
enum State {
    Sealed,
    InClear,
    DoesNotOpen,
}

fn status(options: &StatusOptions) -> Result<(), Failure> {
    let vault = options.with.vault();
    let place = vault.place()?;
    let mut secrets = Vec::new();
    if let Some(data) = &options.with.data {
        Home::existing(data)?;
        own(&vault, &options.with.secrets.look(data), &mut secrets)?;
    }
    for path in &options.files {
        in_file(&vault, path, &mut secrets)?;
    }
    let key = match (vault.key(), place) {
        (Ok(_), _) => "there",
        (Err(_), Place::Data(path)) if !path.exists() => "not there",
        (Err(_), _) => "not usable",
    };
    let rekeying = vault.next_key().is_some();
    let status =
        Status { key_place: place.label(), key_file: place.path().to_owned(), key, rekeying, secrets };
    match options.format {
        Format::Table => print(&shown(&status))?,
        Format::Json => print(&serde_json::to_string_pretty(&status).context("cannot write JSON")?)?,
        Format::Xml => return Err(Failure::usage(NO_XML)),
    }
    let count = |state| status.secrets.iter().filter(|it| it.state == state).count();
    match (count(State::InClear), count(State::DoesNotOpen)) {
        (0, 0) => Ok(()),
        (plain, 0) => Err(Failure::failed(format_args!("{} in clear", counted(plain, "secret")))),
        (plain, shut) => Err(Failure::failed(format_args!(
            "{} in clear, {} that do not open",
            counted(plain, "secret"),
            counted(shut, "secret")
        ))),
    }
}

/// What stands in the data folder, and the files with secrets that the settings name.
fn own(vault: &Vault, home: &Home, secrets: &mut Vec<Stored>) -> Result<(), Failure> {
    for Kept { path, what, text } in vault.kept()? {
        let (state, why) = judged(vault, what, &text, true);
        secrets.push(Stored { file: path, line: None, secret: what.to_owned(), state, why });
    }
    let settings = home.settings();
    if settings.exists() {
        in_file(vault, &settings, secrets)?;
    }
    let Ok(settings) = Settings::read(home) else { return Ok(()) };
    for (file, kind, secret) in single_files(&settings) {
        let (state, why) = judged(vault, kind.name(), &toml::text(secret, &file)?, true);
        secrets.push(Stored { file, line: None, secret: secret.to_owned(), state, why });
    }
    Ok(())
}

/// Files with one secret each that the settings name.
pub(super) fn single_files(
    settings: &Settings,
) -> impl Iterator<Item = (PathBuf, Kind, &'static str)> + use<> {
    let password = settings.proxy_credentials.as_ref().and_then(|login| login.password_file.clone());
    let files = [
        (settings.tls.pin_file(), Kind::Pin, "the PIN of the token"),
        (password, Kind::ProxyPassword, "the password for the proxy"),
    ];
    files.into_iter().filter_map(|(file, kind, secret)| Some((file?, kind, secret)))
}

fn in_file(vault: &Vault, path: &Path, secrets: &mut Vec<Stored>) -> Result<(), Failure> {
    let text = toml::text("file", path)?;
    for found in toml::find(&text).map_err(|wrong| wrong.of("file", path))? {
        let plain = found.is_plain_secret();
        let Found { name, kind, line, value, .. } = found;
        if plain || is_sealed(&value) {
            let (state, why) = judged(vault, kind.name(), &value, plain);
            secrets.push(Stored { file: path.to_owned(), line: Some(line), secret: name, state, why });
        }
    }
    Ok(())
}

fn judged(vault: &Vault, what: &str, text: &str, plain: bool) -> (State, Option<String>) {
    if plain && !is_sealed(text) {
        return (State::InClear, None);
    }
    match vault.open(what, text) {
        Ok(_) => (State::Sealed, None),
        Err(why) => (State::DoesNotOpen, Some(why.to_string())),
    }
}

fn shown(status: &Status) -> String {
    let mut rows = table(&["File", "Line", "Secret", "State"]);
    for Stored { file, line, secret, state, why } in &status.secrets {
        let state = match (state, why) {
            (State::Sealed, _) => "sealed".to_owned(),
            (State::InClear, _) => "in clear".to_owned(),
            (State::DoesNotOpen, why) => format!("does not open: {}", why.as_deref().unwrap_or_default()),
        };
        let line = line.map_or_else(String::new, |line| line.to_string());
        rows.add_row([printable(&file.display().to_string()), line, printable(secret), printable(&state)]);
    }
    let cut_short = "; its change was cut short: secrets rekey goes on with it";
    let also = if status.rekeying { cut_short } else { "" };
    format!("key: {}, {}{also}\n{rows}", status.key_file.display(), status.key)
}

/// One line of standard input; at a terminal it is asked for, and does not show.
fn one_value(setting: Kind) -> Result<Zeroizing<String>, Failure> {
    let text = if std::io::stdin().is_terminal() { hidden_line(setting)? } else { all_of_input()? };
    let value = text.strip_suffix('\n').map_or(text.as_str(), |text| text.strip_suffix('\r').unwrap_or(text));
    if value.is_empty() || value.contains('\n') {
        return Err(Failure::usage("standard input must hold one line, the secret"));
    }
    if text.len() > LONGEST {
        return Err(Failure::usage(format_args!("a secret has {LONGEST} octets at most")));
    }
    if is_sealed(value) {
        return Err(Failure::usage("this is sealed already"));
    }
    Ok(Zeroizing::new(value.to_owned()))
}

fn all_of_input() -> Result<Zeroizing<String>, Failure> {
    let mut text = Zeroizing::new(String::with_capacity(LONGEST + 1));
    std::io::stdin().take(LONGEST as u64 + 1).read_to_string(&mut text).context("standard input")?;
    Ok(text)
}

#[cfg(unix)]
fn hidden_line(setting: Kind) -> Result<Zeroizing<String>, Failure> {
    use rustix::termios::{LocalModes, OptionalActions, tcgetattr, tcsetattr};
    let input = std::io::stdin();
    let shown = tcgetattr(&input).context("the terminal")?;
    let mut hidden = shown.clone();
    // As getpass(3): a signal would end this process with a terminal that shows nothing.
    hidden.local_modes.remove(LocalModes::ECHO | LocalModes::ISIG);
    tell!("{} (it does not show):", setting.name());
    tcsetattr(&input, OptionalActions::Flush, &hidden).context("the terminal")?;
    let mut text = Zeroizing::new(String::with_capacity(LONGEST));
    let read = input.read_line(&mut text);
    tcsetattr(&input, OptionalActions::Flush, &shown).context("the terminal")?;
    read.context("the terminal")?;
    if text.contains(CTRL_C) { Err(Failure::interrupted()) } else { Ok(text) }
}

#[cfg(unix)]
const CTRL_C: char = '\u{3}';

#[cfg(not(unix))]
fn hidden_line(_: Kind) -> Result<Zeroizing<String>, Failure> {
    Err(Failure::usage("here a terminal would show the secret: give it by a pipe or from a file"))
}

pub(super) const NO_XML: &str = "secrets has no XML: take table or json";
/// Octets of one secret that are read.
const LONGEST: usize = 4096;
