//! `agent.toml`: what the customer's administrator decides. The server cannot change any of it.

mod check;
mod wrong;

pub use wrong::WrongSetting;

use crate::failure::Failure;
use crate::home::Home;
use crate::limits::SiteLimits;
use crate::names::NamesSection;
use crate::proxy::ProxyCredentials;
use crate::registration::{EmailAddress, Location};
use crate::regular;
use crate::survey::Detail;
use crate::tls::TlsSection;
use crate::vault::{self, SecretText};
use remote_services_core::command::{Action, ActionSetting};
use remote_services_core::mode::SecurityMode;
use remote_services_core::redact::{Base, CustomProfile, CustomSettings, Redaction, RedactionProfile};
use remote_services_transport::document::Policy;
use remote_services_transport::durable;
use remote_services_transport::policy::{self, LocalLimits};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::io::{self, Read as _};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// Yes or no.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Switch {
    /// Yes.
    #[default]
    On,
    /// No.
    Off,
}

/// The administrator's settings. Everything has a default, so an empty or absent file is valid. No `Debug`: the
/// proxy may have a password.
#[derive(Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Settings {
    /// Name of the site, sent with the agent kind.
    pub site_name: Option<String>,
    /// Where the agent stands, as the server's operator is told; else as register was given it. Empty: nothing is told.
    pub location: Option<Location>,
    /// E-mail address of the person to ask about the agent, as the server's operator is told; else as register was given it.
    /// Empty: nobody is told.
    pub contact: Option<EmailAddress>,
    /// `normal` or `lockdown`.
    pub mode: SecurityMode,
    /// `on` or `off`: whether devices are read by the clock. Without it they are when somebody asks: `run --once`, a command, a
    /// device that tells of an event. All else goes on, and settings are changed from afar as far as they may be.
    pub scheduled_sync: Switch,
    /// When devices are read and reports are sent each day, in local time, such as `02:00-04:00`.
    pub daily_window: Option<String>,
    /// When the server is asked for commands, once each day, in local time, such as `01:00-02:00`; without it at the pace that
    /// it says.
    pub poll_window: Option<String>,
    /// `on` or `off`: whether the server may set how often and when. Never in lockdown.
    pub remote_settings: Switch,
    /// `on` or `off`: whether the server is asked to hold its answer until there is a command, where it can.
    pub long_poll: Switch,
    /// `on` or `off`: whether the detailed usage is read and sent with each whole reading; without it as the server wishes,
    /// else it is.
    pub detailed_usage: Option<Switch>,
    /// What to scan when the command line names nothing.
    pub targets: Vec<String>,
    /// `http://[user:password@]host:port` of a web proxy that takes CONNECT; or `environment`, `pac+file:///…`,
    /// `pac+http://…`, `wpad`, `none`.
    pub proxy: Option<SecretText>,
    /// What a proxy is told that wants credentials, where `proxy` does not hold them.
    pub proxy_credentials: Option<ProxyCredentials>,
    /// Where the key is that secrets are sealed under.
    pub secrets: vault::toml::Section,
    /// Who resolves names.
    pub names: NamesSection,
    /// What is demanded of TLS, and which token holds the key.
    pub tls: TlsSection,
    /// What is demanded of whoever seals payloads.
    pub payload: PayloadSection,
    /// What is taken out before anything is sent; in lockdown never less than lockdown demands.
    pub redaction: CustomSettings,
    /// Whether and where notifications of devices are listened for.
    pub traps: TrapSettings,
    /// The site's own bounds.
    pub limits: SiteLimits,
    /// This program's own versions.
    pub software: SoftwareSettings,
    /// The logs that support may have, with consent; without it there are none.
    pub logs: Option<LogSettings>,
    /// The jobs of a print server on this host, and those that devices keep, sent with consent; without it there are none.
    pub jobs: Option<JobSettings>,
    /// `off`, `ask` or `on` for each action; what is not listed here has the default of [`Settings::action`].
    pub actions: BTreeMap<String, String>,
    /// See [`Settings::is_suspended`]; no file sets it.
    #[serde(skip)]
    pub suspended: bool,
}

/// Payloads: `[payload]`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct PayloadSection {
    /// Sealed by approved services of a FIPS 140 module in FIPS mode, or not at all: with HKDF between key agreement and key
    /// wrap, which `openssl cms` does not open.
    pub fips: bool,
}

/// Notifications of devices: `[traps]`. Without `listen` nothing listens. No `Debug`: a community is a password.
#[derive(Clone, PartialEq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct TrapSettings {
    /// Where to listen: `0.0.0.0:162`, or a port that needs no rights and that devices are told.
    pub listen: Option<SocketAddr>,
    /// Communities that are taken, by SNMPv1 and SNMPv2c.
    pub communities: Vec<SecretText>,
}

/// This program's own versions: `[software]`. Without `folder` nobody asks for any.
#[derive(Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct SoftwareSettings {
    /// `on` or `off`: whether newer versions are asked for and installed.
    pub updates: Switch,
    /// Where the versions are: `versions/VERSION/` and the link `current`.
    pub folder: Option<PathBuf>,
    /// The channel, if the server has several.
    pub channel: Option<String>,
    /// When a version may be installed, in local time, such as `22:00-04:00`; else what the server wishes, else any time.
    pub window: Option<String>,
}

/// Logs for support: `[logs]`.
#[derive(Clone, PartialEq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct LogSettings {
    /// The files of this folder, and none below it, are logs.
    pub folder: PathBuf,
    /// Who writes them, as support knows it.
    pub source: String,
}

/// Jobs: `[jobs]`.
#[derive(Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct JobSettings {
    /// The page_log of CUPS on this host. Without it no jobs of this host are told.
    pub page_log: Option<PathBuf>,
    /// The rules of the site for those jobs: a TOML file. Without it no violations are told.
    pub policy: Option<PathBuf>,
    /// `on`: devices are asked for the jobs that they keep.
    pub devices: Option<Switch>,
}

impl Default for TrapSettings {
    fn default() -> Self {
        Self { listen: None, communities: vec!["public".into()] }
    }
}

impl Settings {
    /// Reads the file of a data folder; an absent one gives the defaults.
    ///
    /// # Errors
    /// A sentence with file, line and cause.
    pub fn read(home: &Home) -> Result<Self, Failure> {
        let path = home.settings();
        let text = match read_text(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => Zeroizing::default(),
            Err(error) => return Err(Failure::usage(format_args!("settings {}: {error}", path.display()))),
        };
        // An editor or a power cut leaves such a file, and it would end a lockdown.
        if text.trim().is_empty() && home.state(SPOKE).exists() {
            // No start is the cure of that, nor is an older version.
            return Err(Failure::refused(format_args!(
                "settings {}: the file is empty or gone, and it said something before: write it again; where the defaults are \
                 wanted, a line with # alone says so",
                path.display()
            )));
        }
        Self::parse(home, &text)
    }

    /// Keeps that the file said something, so that it is missed when it is empty or gone at the next start.
    pub(crate) fn keep_that_they_spoke(home: &Home) {
        let mark = home.state(SPOKE);
        if !mark.exists()
            && let Err(error) = durable::replace(&mark, b"")
        {
            tell!("{}: {error}", mark.display());
        }
    }

    /// Reads what may stand in the file.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub fn parse(home: &Home, text: &str) -> Result<Self, Failure> {
        let path = home.settings();
        let read = vault::toml::parse(home.vault(), text);
        let settings: Self = read.map_err(|wrong| wrong.of("settings", &path))?;
        settings.check().map_err(|wrong| wrong.of_file(&path, text))?;
        Ok(settings)
    }

    /// How much is asked of devices, where the server has no wishes.
    #[must_use]
    pub fn detail(&self) -> Detail {
        self.detail_with(&Policy::default())
    }

    /// How much is asked of devices, where these wishes of the server count.
    #[must_use]
    pub fn detail_with(&self, wish: &Policy) -> Detail {
        match self.detailed_usage {
            Some(Switch::Off) => Detail::Usual,
            None if wish.collection_profile.as_deref() == Some(policy::USUAL) => Detail::Usual,
            _ => Detail::Usage,
        }
    }

    /// Whether the file says something else by now that cannot be understood. These settings are those of before then, and
    /// permit nothing.
    #[must_use]
    pub fn is_suspended(&self) -> bool {
        self.suspended
    }

    /// Takes back all permissions.
    pub fn suspend(&mut self) {
        self.suspended = true;
    }

    /// What the server may set.
    #[must_use]
    pub fn limits(&self) -> LocalLimits {
        self.limits.policy(self.remote_settings == Switch::On)
    }

    /// What is taken out of what is sent.
    ///
    /// # Errors
    /// When a rule names no element, or asks for what the element cannot do.
    pub fn redaction(&self) -> Result<Redaction, Failure> {
        let CustomSettings { name, base, rules } = &self.redaction;
        let redaction = match base {
            Base::Default if name.is_none() && rules.is_empty() => Redaction::new(RedactionProfile::Default),
            Base::Strict if name.is_none() && rules.is_empty() => Redaction::new(RedactionProfile::Strict),
            _ => Redaction::custom(CustomProfile::new(self.redaction.clone()).map_err(Failure::usage)?),
        };
        Ok(redaction.in_mode(self.mode))
    }

    /// Whether the server may wish for settings.
    #[must_use]
    pub fn takes_wishes(&self) -> bool {
        policy::may_ask(self.mode, &self.limits())
    }

    /// What the administrator lets this action do. Looking is on unless switched off; whatever changes
    /// something or makes paper is off unless switched on. Lockdown switches everything off, and so does a file that is wrong.
    #[must_use]
    pub fn action(&self, action: &Action) -> ActionSetting {
        if self.suspended || self.mode == SecurityMode::Lockdown {
            return ActionSetting::Off;
        }
        match self.actions.get(action.label()) {
            Some(setting) => ActionSetting::from_label(setting),
            None if matches!(action, Action::GetStatus | Action::Troubleshoot) => ActionSetting::On,
            None => ActionSetting::Off,
        }
    }
}

/// The text of the file, if it is none that was put here by mistake.
///
/// # Errors
/// That it cannot be read, is no regular file, too large or no UTF-8.
pub(crate) fn read_text(path: &Path) -> io::Result<Zeroizing<String>> {
    let mut octets = Zeroizing::new(Vec::new());
    regular::open(path)?.take(LARGEST_FILE + 1).read_to_end(&mut octets)?;
    if octets.len() as u64 > LARGEST_FILE {
        return Err(io::Error::other(format!("larger than {} MiB", LARGEST_FILE >> 20)));
    }
    let text = std::str::from_utf8(&octets).map_err(|error| {
        let line = octets[..error.valid_up_to()].iter().filter(|octet| **octet == b'\n').count() + 1;
        io::Error::new(io::ErrorKind::InvalidData, format!("line {line}: this is not UTF-8"))
    })?;
    Ok(Zeroizing::new(text.to_owned()))
}

/// Octets of the file: thousands of targets have room in it.
const LARGEST_FILE: u64 = 1 << 20;

/// There since the settings said something for the first time.
const SPOKE: &str = "settings-were-there";

#[cfg(test)]
mod tests;
