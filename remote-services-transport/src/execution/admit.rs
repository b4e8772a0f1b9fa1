use crate::document::Command;
use remote_services_core::command::{Action, ActionSetting, RejectReason};
use remote_services_core::mode::SecurityMode;
use remote_services_core::time::Timestamp;
use std::collections::BTreeMap;
use uuid::Uuid;

/// Checks a command's signature and takes its document out.
///
/// This crate knows no signatures: whoever knows the server's command key gives it one of these.
pub trait CommandVerifier {
    /// The signed JSON document, or one sentence about why the signature does not hold.
    ///
    /// # Errors
    /// When the body is not signed by the server's command key.
    fn open(&self, media_type: &str, body: &[u8]) -> Result<Vec<u8>, String>;
}

impl<F: Fn(&str, &[u8]) -> Result<Vec<u8>, String>> CommandVerifier for F {
    fn open(&self, media_type: &str, body: &[u8]) -> Result<Vec<u8>, String> {
        self(media_type, body)
    }
}

/// What the site allows, for [`admit`].
pub struct Site<'a> {
    /// This client.
    pub client: Uuid,
    /// Normal or lockdown.
    pub mode: SecurityMode,
    /// The switch of each action; one without a switch is off.
    pub actions: &'a BTreeMap<Action, ActionSetting>,
    /// Actions that are built in.
    pub supported: &'a [Action],
    /// Whether this client manages the device.
    pub manages: &'a dyn Fn(Uuid) -> bool,
    /// Whether this command may have been carried out before: another one had its nonce, or it is new here and expired
    /// no later than one that was forgotten.
    pub seen: &'a dyn Fn(&Command) -> bool,
}

/// Whether a command may be carried out here and now; `Ok(true)` when a person must agree first.
///
/// # Errors
/// The reason to reject it with, the gravest first.
pub fn admit(command: &Command, site: &Site<'_>, now: Timestamp) -> Result<bool, RejectReason> {
    if site.mode == SecurityMode::Lockdown {
        return Err(RejectReason::Lockdown);
    }
    if command.client != site.client {
        return Err(RejectReason::NotMyDevice);
    }
    if now >= command.expires_at || command.nonce.0.len() < 16 || (site.seen)(command) {
        return Err(RejectReason::Stale);
    }
    if !site.supported.contains(&command.action) {
        return Err(RejectReason::Unsupported);
    }
    let consent = match site.actions.get(&command.action) {
        Some(ActionSetting::On) => command.consent,
        Some(ActionSetting::Ask) => true,
        _ => return Err(RejectReason::BlockedByPolicy),
    };
    match command.device {
        Some(device) if !(site.manages)(device) => Err(RejectReason::NotMyDevice),
        _ => Ok(consent),
    }
}

#[cfg(test)]
mod tests {
    use super::super::samples;
    use super::*;
    use crate::document::Base64Bytes;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_unix_seconds(seconds)
    }

    fn command() -> Command {
        Command { device: Some(Uuid::from_u128(3)), ..samples::command() }
    }

    fn admitted(command: &Command, mode: SecurityMode, setting: ActionSetting) -> Result<bool, RejectReason> {
        let actions = BTreeMap::from([(Action::Restart, setting)]);
        let site = Site {
            client: Uuid::from_u128(2),
            mode,
            actions: &actions,
            supported: &[Action::Restart, Action::Upgrade],
            manages: &|device| device == Uuid::from_u128(3),
            seen: &|command| command.nonce.0 == [9; 16],
        };
        admit(command, &site, at(50))
    }

    #[test]
    fn the_local_switch_decides() {
        let (normal, lockdown) = (SecurityMode::Normal, SecurityMode::Lockdown);
        assert_eq!(admitted(&command(), normal, ActionSetting::On), Ok(false));
        assert_eq!(admitted(&command(), normal, ActionSetting::Ask), Ok(true));
        assert_eq!(admitted(&command(), normal, ActionSetting::Off), Err(RejectReason::BlockedByPolicy));
        assert_eq!(admitted(&command(), lockdown, ActionSetting::On), Err(RejectReason::Lockdown));
        let unset = Command { action: Action::Upgrade, ..command() };
        assert_eq!(admitted(&unset, normal, ActionSetting::On), Err(RejectReason::BlockedByPolicy));
    }

    #[test]
    fn what_is_not_for_us_is_rejected_with_its_reason() {
        let refused = |command: Command| admitted(&command, SecurityMode::Normal, ActionSetting::On);
        let elsewhere = Command { client: Uuid::from_u128(9), ..command() };
        assert_eq!(refused(elsewhere), Err(RejectReason::NotMyDevice));
        let device = Command { device: Some(Uuid::from_u128(9)), ..command() };
        assert_eq!(refused(device), Err(RejectReason::NotMyDevice));
        assert_eq!(refused(Command { expires_at: at(50), ..command() }), Err(RejectReason::Stale));
        assert_eq!(
            refused(Command { nonce: Base64Bytes(vec![9; 16]), ..command() }),
            Err(RejectReason::Stale)
        );
        assert_eq!(
            refused(Command { nonce: Base64Bytes(vec![7; 15]), ..command() }),
            Err(RejectReason::Stale)
        );
        let strange = Command { action: Action::from_label("dance"), ..command() };
        assert_eq!(refused(strange), Err(RejectReason::Unsupported));
        assert_eq!(refused(Command { consent: true, ..command() }), Ok(true));
    }
}
