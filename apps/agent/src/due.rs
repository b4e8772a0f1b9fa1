//! What waits for its time and may be done now: commands that were accepted for later, and a version of this program. The
//! server's pace may be longer than a maintenance window, so nobody waits for the next question.

use crate::journal::CommandJournal;
use crate::site::Site;
use crate::software::Software;
use crate::survey::now;
use remote_services_core::command::CommandState;
use remote_services_core::id::Uuid;
use remote_services_core::time::Timestamp;
use remote_services_transport::document::{Command, Policy};
use remote_services_transport::execution::WindowState;
use remote_services_transport::schedule::window_state;
use std::collections::BTreeSet;

/// What may be done at one moment.
pub(crate) struct Due {
    commands: BTreeSet<Uuid>,
    version: bool,
}

impl Due {
    pub(crate) fn now(site: &Site, journal: &CommandJournal, wish: &Policy) -> Self {
        let scheduled = |id: &Uuid| {
            let entry = journal.get(*id).filter(|entry| entry.execution.state == CommandState::Scheduled);
            entry.and_then(|entry| entry.command.as_ref()).is_some_and(|command| is_open(command, now()))
        };
        let commands = journal.open_commands().into_iter().filter(scheduled).collect();
        let version = Software::load(&site.home).is_ok_and(|software| software.is_due(site, wish));
        Self { commands, version }
    }

    /// Whether anything may be done that could not be before.
    pub(crate) fn is_more_than(&self, before: &Self) -> bool {
        !self.commands.is_subset(&before.commands) || self.version && !before.version
    }
}

fn is_open(command: &Command, now: Timestamp) -> bool {
    command.not_before.is_none_or(|begin| begin <= now)
        && window_state(command.window.as_deref(), now, &jiff::tz::TimeZone::system()) == WindowState::Open
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_due_is_news_once() {
        let due = |commands: &[u128], version| Due {
            commands: commands.iter().map(|id| Uuid::from_u128(*id)).collect(),
            version,
        };
        assert!(due(&[1], false).is_more_than(&due(&[], false)));
        assert!(due(&[1, 2], true).is_more_than(&due(&[1], true)));
        assert!(due(&[1], true).is_more_than(&due(&[1], false)));
        assert!(!due(&[1], true).is_more_than(&due(&[1, 2], true)));
        assert!(!due(&[], false).is_more_than(&due(&[1], true)));
    }
}
