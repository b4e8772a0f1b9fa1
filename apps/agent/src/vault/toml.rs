//! Secrets that people write into TOML files. Each may be sealed, as a secret of its name, so that lines can be
//! moved but nobody makes a community of a password. Sealed texts are opened before the file is understood, each
//! in its place, so that lines stay what they are.

use super::place::Vault;
use super::rekey::Keys;
use super::sealed::{SealingKey, is_sealed};
use crate::failure::{Context, Failure};
use crate::regular;
use remote_services_transport::durable;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::fmt;
use std::ops::Range;
use std::path::{Path, PathBuf};
use toml::Spanned;
use toml::de::{DeTable, DeValue};
use zeroize::Zeroizing;

/// `[secrets]` of the settings.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Section {
    /// The file with the key that they are sealed under.
    pub key_file: Option<PathBuf>,
}

/// What a secret is for: the name of its setting.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Kind {
    /// The URL of a proxy, with its password
    Proxy,
    /// A community of SNMPv1 and v2c
    Communities,
    /// An SNMPv3 authentication password
    AuthPassword,
    /// An SNMPv3 privacy password
    PrivPassword,
    /// A localised SNMPv3 authentication key
    AuthKey,
    /// A localised SNMPv3 privacy key
    PrivKey,
    /// The PIN of a token, in a file of its own
    Pin,
    /// The password for a proxy, in a file of its own
    ProxyPassword,
}

impl Kind {
    const IN_TOML: [Self; 6] = [
        Self::Proxy,
        Self::Communities,
        Self::AuthPassword,
        Self::PrivPassword,
        Self::AuthKey,
        Self::PrivKey,
    ];

    /// The setting's name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Proxy => "proxy",
            Self::Communities => "communities",
            Self::AuthPassword => "auth-password",
            Self::PrivPassword => "priv-password",
            Self::AuthKey => "auth-key",
            Self::PrivKey => "priv-key",
            Self::Pin => "pin",
            Self::ProxyPassword => "proxy-password",
        }
    }
}

/// A text where a secret may stand.
pub struct Found {
    /// Its place in the file, such as `network[0].credentials[1].auth-password`.
    pub name: String,
    /// What it is for.
    pub kind: Kind,
    /// Its line.
    pub line: usize,
    /// What stands there, opened or not.
    pub value: Zeroizing<String>,
    span: Range<usize>,
}

impl Found {
    /// Whether it is a secret in clear: a proxy without a password is none, nor the community that all know.
    #[must_use]
    pub fn is_plain_secret(&self) -> bool {
        !is_sealed(&self.value)
            && match self.kind {
                Kind::Proxy => self.value.contains('@'),
                Kind::Communities => !matches!(self.value.as_str(), "" | "public"),
                _ => !self.value.is_empty(),
            }
    }

    /// Opens it.
    ///
    /// # Errors
    /// Why not, with its line.
    fn open(&self, vault: &Vault) -> Result<Zeroizing<String>, Wrong> {
        let wrong = |why: &dyn fmt::Display| Wrong { line: self.line, why: format!("{}: {why}", self.name) };
        vault.open(self.kind.name(), &self.value).map_err(|why| wrong(&why))
    }
}

/// What is wrong with a file, without its text.
#[derive(Debug)]
pub struct Wrong {
    line: usize,
    why: String,
}

impl Wrong {
    fn read(text: &str, error: &toml::de::Error) -> Self {
        let at = error.span().map_or(0, |span| span.start);
        Self { line: line(text, at), why: error.message().to_owned() }
    }

    /// The sentence about a file; `what` is what to call it.
    pub(crate) fn of(&self, what: &str, path: &Path) -> Failure {
        Failure::usage(format_args!("{what} {}, line {}: {}", path.display(), self.line, self.why))
    }
}

/// Reads a file with secrets; `what` is what to call it.
///
/// # Errors
/// With file, line and cause, and never with a secret.
pub(crate) fn read<T: DeserializeOwned>(vault: &Vault, what: &str, path: &Path) -> Result<T, Failure> {
    // Named on the command line it may be a pipe, of which nothing is left once it is read.
    let text = Zeroizing::new(std::fs::read_to_string(path).map_err(|error| unread(what, path, &error))?);
    parse(vault, &text).map_err(|wrong| wrong.of(what, path))
}

/// Reads the text of such a file.
///
/// # Errors
/// With line and cause, and never with a secret.
pub(crate) fn parse<T: DeserializeOwned>(vault: &Vault, text: &str) -> Result<T, Wrong> {
    parsed(&opened(vault, text)?)
}

/// Reads a text in which nothing is sealed.
pub(super) fn parsed<T: DeserializeOwned>(text: &str) -> Result<T, Wrong> {
    toml::from_str(text).map_err(|error| {
        let mut wrong = Wrong::read(text, &error);
        // The reader quotes what does not fit.
        let secrets = find(text).unwrap_or_default();
        if secrets.iter().any(|it| !it.value.is_empty() && wrong.why.contains(it.value.as_str())) {
            "a secret stands here in a form that is not expected".clone_into(&mut wrong.why);
        }
        wrong
    })
}

/// All texts where secrets may stand, in their order.
///
/// # Errors
/// When the text is no TOML, or a sealed text stands where none is opened.
pub fn find(text: &str) -> Result<Vec<Found>, Wrong> {
    let table = DeTable::parse(text).map_err(|error| Wrong::read(text, &error))?;
    let mut search = Search { text, found: Vec::new() };
    search.table("", table.get_ref())?;
    search.found.sort_by_key(|it| it.span.start);
    Ok(search.found)
}

struct Search<'a> {
    text: &'a str,
    found: Vec<Found>,
}

impl Search<'_> {
    fn table(&mut self, path: &str, table: &DeTable<'_>) -> Result<(), Wrong> {
        for (key, value) in table {
            let key = key.get_ref();
            let path = if path.is_empty() { key.to_string() } else { format!("{path}.{key}") };
            let kind = Kind::IN_TOML.into_iter().find(|kind| kind.name() == key);
            self.value(path, kind, value)?;
        }
        Ok(())
    }

    fn value(&mut self, name: String, kind: Option<Kind>, value: &Spanned<DeValue<'_>>) -> Result<(), Wrong> {
        match (value.get_ref(), kind) {
            (DeValue::Table(table), _) => self.table(&name, table),
            (DeValue::Array(values), _) => values
                .iter()
                .enumerate()
                .try_for_each(|(at, value)| self.value(format!("{name}[{at}]"), kind, value)),
            (DeValue::String(text), Some(kind)) => {
                let (line, value, span) = (self.line(value), Zeroizing::new(text.to_string()), value.span());
                self.found.push(Found { name, kind, line, value, span });
                Ok(())
            }
            // Opened here it could be sent to somebody.
            (DeValue::String(text), None) if is_sealed(text) => Err(Wrong {
                line: self.line(value),
                why: format!("{name}: nothing that is sealed is opened here"),
            }),
            _ => Ok(()),
        }
    }

    fn line(&self, value: &Spanned<DeValue<'_>>) -> usize {
        line(self.text, value.span().start)
    }
}

/// The text with each sealed text opened in its place.
fn opened(vault: &Vault, text: &str) -> Result<Zeroizing<String>, Wrong> {
    let mut opened = Zeroizing::new(text.to_owned());
    for found in find(text)?.iter().rev().filter(|it| is_sealed(&it.value)) {
        opened = with(&opened, &found.span, &quoted(&found.open(vault)?));
    }
    Ok(opened)
}

/// The text with each secret in clear sealed in its place, and how many they were.
///
/// # Errors
/// When the text is no TOML, or a secret cannot be sealed.
pub fn sealed(key: &SealingKey, text: &str) -> Result<(Zeroizing<String>, usize), Wrong> {
    let mut sealed = Zeroizing::new(text.to_owned());
    let mut count = 0;
    for found in find(text)?.iter().rev().filter(|it| it.is_plain_secret()) {
        let secret = key.seal(found.kind.name(), &found.value);
        let secret = secret.map_err(|failure| Wrong { line: found.line, why: failure.sentence })?;
        sealed = with(&sealed, &found.span, &quoted(&secret));
        count += 1;
    }
    Ok((sealed, count))
}

/// Seals the secrets of a file where they stand; owner and mode stay. Gives how many they were.
///
/// # Errors
/// When it is no file with secrets, or cannot be replaced. It is then what it was.
pub fn seal_file(vault: &Vault, path: &Path) -> Result<usize, Failure> {
    // What a link names is replaced, not the link.
    let path =
        &path.canonicalize().map_err(|error| Failure::usage(format_args!("{}: {error}", path.display())))?;
    let before = text("file", path)?;
    if !find(&before).map_err(|wrong| wrong.of("file", path))?.iter().any(Found::is_plain_secret) {
        return Ok(0);
    }
    let key = vault.key_or_new()?;
    let (after, count) = sealed(&key, &before).map_err(|wrong| wrong.of("file", path))?;
    let meaning = |text: &str| parse::<toml::Table>(vault, text).map_err(|wrong| wrong.of("file", path));
    if meaning(&after)? != meaning(&before)? {
        return Err(Failure::failed(format_args!("{}: sealed it would mean something else", path.display())));
    }
    replace(path, after.as_bytes()).context(format_args!("cannot replace {}", path.display()))?;
    Ok(count)
}

/// The text of a file with each sealed text of it under another key, and how many they are; nothing is written.
pub(super) fn sealed_anew(keys: &Keys, path: &Path) -> Result<(Zeroizing<String>, usize), Failure> {
    let mut anew = text("file", path)?;
    let sealed: Vec<_> = find(&anew).map_err(|wrong| wrong.of("file", path))?;
    let sealed: Vec<_> = sealed.iter().rev().filter(|it| is_sealed(&it.value)).collect();
    for found in &sealed {
        let secret = keys.again(found.kind.name(), &found.value).map_err(|why| {
            Wrong { line: found.line, why: format!("{}: {why}", found.name) }.of("file", path)
        })?;
        anew = with(&anew, &found.span, &quoted(&secret));
    }
    Ok((anew, sealed.len()))
}

/// As [`durable::replace`], for a file that belongs to somebody.
pub(super) fn replace(path: &Path, content: &[u8]) -> std::io::Result<()> {
    let mut beside = path.as_os_str().to_owned();
    beside.push(".sealing");
    let beside = PathBuf::from(beside);
    match std::fs::remove_file(&beside) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    durable::write_new(&beside, content)?;
    let moved = like(&beside, path).and_then(|()| std::fs::rename(&beside, path));
    if moved.is_err() {
        // The first error is the one to tell.
        let _ = std::fs::remove_file(&beside);
        return moved;
    }
    path.parent().map_or(Ok(()), durable::sync_folder)
}

#[cfg(unix)]
pub(super) fn like(path: &Path, model: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::{MetadataExt as _, chown};
    let (own, model) = (std::fs::metadata(path)?, std::fs::metadata(model)?);
    if (own.uid(), own.gid()) != (model.uid(), model.gid()) {
        chown(path, Some(model.uid()), Some(model.gid()))?;
    }
    std::fs::set_permissions(path, model.permissions())
}

#[cfg(not(unix))]
pub(super) fn like(path: &Path, model: &Path) -> std::io::Result<()> {
    std::fs::set_permissions(path, std::fs::metadata(model)?.permissions())
}

/// The text of a file in which secrets stay.
pub(crate) fn text(what: &str, path: &Path) -> Result<Zeroizing<String>, Failure> {
    regular::read_to_string(path).map(Zeroizing::new).map_err(|error| unread(what, path, &error))
}

fn unread(what: &str, path: &Path, error: &std::io::Error) -> Failure {
    Failure::usage(format_args!("{what} {}: {error}", path.display()))
}

fn with(text: &str, span: &Range<usize>, instead: &str) -> Zeroizing<String> {
    Zeroizing::new([&text[..span.start], instead, &text[span.end..]].concat())
}

/// A basic string, on one line.
fn quoted(text: &str) -> Zeroizing<String> {
    use fmt::Write as _;
    // What grows leaves a copy behind.
    let mut quoted = Zeroizing::new(String::with_capacity(LONGEST_ESCAPE * text.len() + 2));
    quoted.push('"');
    for character in text.chars() {
        match character {
            '"' | '\\' => quoted.extend(['\\', character]),
            control if control.is_control() => {
                let _ = write!(quoted, "\\U{:08x}", u32::from(control));
            }
            other => quoted.push(other),
        }
    }
    quoted.push('"');
    quoted
}

/// Octets of `\U0000001b`.
const LONGEST_ESCAPE: usize = 10;

fn line(text: &str, at: usize) -> usize {
    text[..at.min(text.len())].matches('\n').count() + 1
}

/// Line and column, in characters, of an octet of the text; both from 1.
pub(crate) fn line_and_column(text: &str, at: usize) -> (usize, usize) {
    let before = text.get(..at).unwrap_or(text);
    let begin = before.rfind('\n').map_or(0, |end| end + 1);
    (line(text, at), before[begin..].chars().count() + 1)
}

#[cfg(test)]
mod tests;
