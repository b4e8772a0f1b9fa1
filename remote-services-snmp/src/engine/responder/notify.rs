//! Whether somebody may be told of something (RFC 3413 §3.3: isAccessAllowed for the view type notify).
use subtle::ConstantTimeEq;

use super::{Responder, Rights};
use crate::engine::notify::Notification;
use crate::engine::{Credentials, Protection};
use crate::usm::SecurityLevel;

impl Responder {
    /// Whether the notify view of this community or user has the notification and all that it tells. Who is neither
    /// a community nor a user here may be told everything: then it is enough that somebody made it a target.
    pub(crate) fn may_notify(&self, to: &Credentials, notification: &Notification) -> bool {
        match to {
            Credentials::V1 { community } | Credentials::V2c { community } => {
                let same = |name: &[u8]| bool::from(name.ct_eq(community.expose()));
                let known = || self.communities.iter().filter(|known| same(known.name.expose()));
                let level = SecurityLevel::NoAuthNoPriv;
                let mut allowing =
                    known().filter(|known| allows(&known.rights, &known.context, level, notification));
                known().next().is_none() || allowing.next().is_some()
            }
            Credentials::V3 { user, context_name, .. }
            | Credentials::V3Localized { user, context_name, .. } => {
                let level = match to.protection() {
                    Protection::AuthPriv => SecurityLevel::AuthPriv,
                    Protection::AuthNoPriv => SecurityLevel::AuthNoPriv,
                    _ => SecurityLevel::NoAuthNoPriv,
                };
                self.users.get(user.as_bytes()).is_none_or(|known| {
                    level >= known.least
                        && allows(&known.rights, context_name.as_bytes(), level, notification)
                })
            }
        }
    }
}

fn allows(rights: &Rights, context: &[u8], level: SecurityLevel, notification: &Notification) -> bool {
    let told = notification.varbinds.iter().map(|varbind| &varbind.name);
    let mut names = core::iter::once(&notification.trap_oid).chain(told);
    rights
        .find_to_notify(context, level)
        .is_some_and(|grant| names.all(|name| grant.notify.contains(name.as_ref())))
}
