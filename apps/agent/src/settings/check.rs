//! Whether what the file says can be meant, beyond the types of its values.

use super::{Settings, WrongSetting};
use crate::proxy;
use crate::survey::one_a_line;
use remote_services_collect::discover::targets::{TargetError, TargetList};
use remote_services_core::command::{Action, ActionSetting};
use remote_services_core::redact::{CustomError, CustomProfile, CustomSettings};
use remote_services_transport::schedule::DailyWindow;
use std::fmt::Display;

impl Settings {
    /// Whether all of it can be meant; no file is looked at.
    pub(super) fn check(&self) -> Result<(), WrongSetting> {
        self.check_texts()?;
        proxy::check(self.proxy.as_deref(), self.proxy_credentials.as_ref())?;
        self.names.check()?;
        self.tls.check()?;
        self.limits.check()?;
        self.check_redaction()?;
        self.check_windows()?;
        self.check_actions()?;
        self.check_targets()
    }

    /// What is written as it stands into documents for the server, or into what a proxy is told.
    fn check_texts(&self) -> Result<(), WrongSetting> {
        let source = self.logs.as_ref().map(|logs| &logs.source);
        let user = self.proxy_credentials.as_ref().map(|login| &login.user);
        for (section, setting, text) in [
            (None, "site-name", self.site_name.as_ref()),
            (Some("software"), "channel", self.software.channel.as_ref()),
            (Some("logs"), "source", source),
            (Some("proxy-credentials"), "user", user),
        ] {
            let Some(text) = text else { continue };
            let wrong = |why: &dyn Display| Err(WrongSetting::new(section, setting, why));
            let length = text.chars().count();
            if length > LONGEST_TEXT {
                return wrong(&format_args!("it has {length} characters, and {LONGEST_TEXT} are allowed"));
            }
            if let Some(at) = text.chars().position(char::is_control) {
                return wrong(&format_args!(
                    "its character {} is a control character, such as a line end or a tab",
                    at + 1
                ));
            }
        }
        Ok(())
    }

    fn check_redaction(&self) -> Result<(), WrongSetting> {
        let rules = &self.redaction.rules;
        let with = |count: usize| {
            CustomProfile::new(CustomSettings { rules: rules[..count].to_vec(), ..self.redaction.clone() })
        };
        let wrong = |setting: &str, error: CustomError| WrongSetting::new(Some("redaction"), setting, error);
        let Err(error) = with(rules.len()) else { return Ok(()) };
        // The first rule with which they cannot be meant is the one.
        let counts: Vec<usize> = (0..=rules.len()).collect();
        Err(match counts.partition_point(|count| with(*count).is_ok()).checked_sub(1) {
            Some(number) => wrong("rules", error).entry(number),
            None => wrong("name", error),
        })
    }

    fn check_windows(&self) -> Result<(), WrongSetting> {
        for (section, setting, window) in [
            (None, "daily-window", &self.daily_window),
            (None, "poll-window", &self.poll_window),
            (Some("software"), "window", &self.software.window),
        ] {
            let Some(window) = window else { continue };
            window.parse::<DailyWindow>().map_err(|error| WrongSetting::new(section, setting, error))?;
        }
        Ok(())
    }

    fn check_actions(&self) -> Result<(), WrongSetting> {
        let wrong = |action: &str, why: String| WrongSetting::new(Some("actions"), action, why);
        for (action, setting) in &self.actions {
            if matches!(Action::from_label(action), Action::Unlisted(_)) {
                return Err(wrong(action, format!("no action is called {action:?}")));
            }
            if matches!(ActionSetting::from_label(setting), ActionSetting::Unlisted(_)) {
                return Err(wrong(action, format!("{setting:?} must be \"off\", \"ask\" or \"on\"")));
            }
        }
        Ok(())
    }

    fn check_targets(&self) -> Result<(), WrongSetting> {
        let wrong = |why: String| WrongSetting::new(None, "targets", why);
        for (number, entry) in self.targets.iter().enumerate() {
            if let Err(TargetError { item, cause, .. }) = TargetList::parse(entry, "") {
                return Err(wrong(format!("entry {}: {item:?}: {cause}", number + 1)).entry(number));
            }
        }
        // Together they may be too many.
        let all = TargetList::parse(&one_a_line(&self.targets), "");
        all.map(drop).map_err(|TargetError { item, cause, .. }| wrong(format!("{item:?}: {cause}")))
    }
}

/// Characters of a text that stands in documents: no name is longer, a document of jobs repeats it with each of them, and
/// together they must stay far from what the server takes (262,144 octets in one element).
const LONGEST_TEXT: usize = 255;
