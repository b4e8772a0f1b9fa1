//! The two logs of an agent: what it did, and each exchange with the server.
//!
//! ```text
//! DATA/audit.log         what was decided, done, agreed and found; its checkpoints say how long the other one was
//! DATA/exchanges.log     exchanges with the server, and what became of each payload
//! ```
//!
//! Of each the oldest file is given up when it is full. They are apart so that no number of exchanges takes away what people
//! must be able to read later. A version before had both in `audit.log`, which goes on as it is.

use crate::failure::{Context, Failure};
use crate::home::Home;
use crate::identity::{self, Registered};
use crate::limits::SiteLimits;
use crate::survey::now;
use remote_services_core::time::Timestamp;
use remote_services_transport::audit::{
    AuditEntry, AuditError, AuditLimits, AuditLog, CheckpointKey, CheckpointSigner, Fault, History, Verdict,
    export, export_signed, verify_log,
};
use remote_services_transport::enrol::Identity;
use std::io::{self, Write};

/// Both logs, open for appending.
pub struct Logs {
    /// What people must be able to read later.
    pub main: AuditLog,
    /// What happens often.
    pub exchanges: AuditLog,
}

/// How long they may become.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LogLimits {
    /// Of the audit log.
    pub main: AuditLimits,
    /// Of the log of exchanges.
    pub exchanges: AuditLimits,
}

impl Logs {
    /// Opens both, their checkpoints signed by this client's key. One that was edited, cut or removed says so from then on, and
    /// so does this; what is wrong with the log of exchanges, the audit log says.
    ///
    /// # Errors
    /// When the disk fails, or the present file of a log does not hold together.
    pub fn open(home: &Home, identity: &Identity, limits: &SiteLimits) -> Result<Self, Failure> {
        let limits = limits.logs();
        let own = CheckpointKey::from_spki(&identity.key.public_spki()).context("this client's key")?;
        // Without an identity it is being registered.
        let (keys, begun) = match identity::exists(home) {
            true => (own.or(keys(home)?), true),
            false => (own, false),
        };
        let signer = || Box::new(identity.key.duplicate());
        let history = History { log: AUDIT, keys, copy: Some(home.audit_mark()), begun };
        let main = AuditLog::open_signed(&home.audit(), limits.main, signer(), &history, now());
        let main = main.map_err(|error| damaged("audit log", &error))?;
        let begun = begun && main.mark(EXCHANGES) > 0;
        let history = History { log: EXCHANGES, copy: Some(home.exchanges_mark()), begun, ..history };
        let path = home.exchanges();
        let exchanges = AuditLog::open_signed(&path, limits.exchanges, signer(), &history, now());
        let mut logs =
            Self { main, exchanges: exchanges.map_err(|error| damaged("log of exchanges", &error))? };
        logs.compare(now()).context("audit log")?;
        tell_broken(&logs.main);
        Ok(logs)
    }

    /// Holds the log of exchanges against what the audit log says of it, in either direction.
    fn compare(&mut self, now: Timestamp) -> Result<(), AuditError> {
        let (has, had) = (self.exchanges.head().entries, self.main.mark(EXCHANGES));
        if has + 1 < had {
            let why = format!("exchanges were there up to {}, now up to {has}", had - 1);
            self.main.doubt(&why, now)?;
        }
        let (has_main, had_main) = (self.main.head().entries, self.exchanges.mark(AUDIT));
        if has_main < had_main {
            let why = format!(
                "entries were there up to {had_main}, as the log of exchanges says, now up to {has_main}"
            );
            self.main.doubt(&why, now)?;
        }
        self.take_doubts(now)?;
        // From here on, a log of exchanges that is not there was removed.
        if had == 0 { self.main.set_mark(EXCHANGES, has + 1, now) } else { Ok(()) }
    }

    /// What does not hold of the exchanges does not hold of what this agent says it did: that is one word.
    pub(super) fn take_doubts(&mut self, now: Timestamp) -> Result<(), AuditError> {
        match (self.exchanges.broken(), self.main.broken()) {
            (Some(from), None) => {
                self.main.doubt(&format!("the log of exchanges cannot be believed from {from} on"), now)
            }
            _ => Ok(()),
        }
    }

    /// Signs where both stand.
    ///
    /// # Errors
    /// When it cannot be kept.
    pub fn checkpoint(&mut self, now: Timestamp) -> Result<(), AuditError> {
        // Each says how long the other is, so that none goes back alone; of both, the audit log has the last word.
        let had = self.main.sync().and_then(|()| {
            let has = self.main.head().entries;
            self.exchanges.set_mark(AUDIT, has, now)
        });
        let exchanges = had.and_then(|()| self.exchanges.checkpoint(now)).and_then(|()| {
            let has = self.exchanges.head().entries;
            self.main.set_mark(EXCHANGES, has + 1, now)
        });
        let doubts = self.take_doubts(now);
        self.main.checkpoint(now).and(exchanges).and(doubts)
    }

    /// The last word by the old key is said: this is the first one by a new one.
    ///
    /// # Errors
    /// When it cannot be kept.
    pub fn change_signer(&mut self, now: Timestamp) -> Result<(), AuditError> {
        for log in [&mut self.main, &mut self.exchanges] {
            log.append(now, "signer", "audit log", "signed by the new key from here on")?;
        }
        self.checkpoint(now)
    }
}

pub(super) fn tell_broken(log: &AuditLog) {
    if let Some(from) = log.broken() {
        tell!("the audit log cannot be believed from entry {from} on: audit verify says why");
    }
}

/// The keys that the logs of a registered agent are signed by, as its files say.
fn keys(home: &Home) -> Result<CheckpointKey, Failure> {
    let Registered { certificate, earlier, .. } = identity::registered(home)?;
    let of = |der: &Vec<u8>| CheckpointKey::from_certificate(der).context("this client's certificate");
    let mut keys = of(&certificate)?;
    for der in &earlier {
        keys = keys.or(of(der)?);
    }
    Ok(keys)
}

/// What the logs of a registered agent came to.
pub struct Verdicts {
    /// The audit log.
    pub main: Result<Verdict, Fault>,
    /// The log of exchanges.
    pub exchanges: Result<Verdict, Fault>,
}

/// Checks both logs of a registered agent, and hands out every entry, and whether it is of the exchanges. With the `own` key of the
/// client, as whoever asks knows it, nothing that stands in the folder says whose the logs are.
///
/// # Errors
/// When the identity cannot be read, or is another's.
pub fn verify(
    home: &Home,
    own: Option<CheckpointKey>,
    entry: &mut dyn FnMut(AuditEntry, bool),
) -> Result<Verdicts, Failure> {
    let keys = match own {
        None => keys(home)?,
        Some(own) => identity::keys_after(home, own)?,
    };
    let audit = History { log: AUDIT, keys, copy: Some(home.audit_mark()), begun: true };
    let main = verify_log(&home.audit(), Some(&audit), &mut |it| entry(it, false));
    let had = main.as_ref().ok().and_then(|main| main.marks.get(EXCHANGES)).copied().unwrap_or_default();
    // Until the audit log says that there is one, a crash may have left less than the whole of it.
    let copy = Some(home.exchanges_mark());
    let history = History { log: EXCHANGES, copy, begun: had > 0, ..audit.clone() };
    let exchanges = verify_log(&home.exchanges(), Some(&history), &mut |it| entry(it, true));
    let exchanges = exchanges.and_then(|found| match found.last + 1 < had {
        true => Err(Fault::Cut { last: found.last, vouched: had - 1 }),
        false => Ok(found),
    });
    let marks = exchanges.as_ref().ok().map(|exchanges| &exchanges.marks);
    let told = marks.and_then(|marks| marks.get(AUDIT)).copied().unwrap_or_default();
    let is_short = |found: &Verdict| found.last < told;
    let main = match main {
        // It may have grown since it was read: whoever writes says it there afterwards.
        Ok(found) if is_short(&found) => verify_log(&home.audit(), Some(&audit), &mut |_| {}),
        main => main,
    };
    let main = main.and_then(|found| match is_short(&found) {
        true => Err(Fault::Cut { last: found.last, vouched: told }),
        false => Ok(found),
    });
    Ok(Verdicts { main, exchanges })
}

/// Writes both logs of a registered agent out, the audit log first, each with a checkpoint of where it ends, signed now; they
/// themselves are only read, whoever writes in them. Gives what nobody signed for, and why.
///
/// # Errors
/// As the disk says, or whoever takes the lines.
pub fn take_along(
    home: &Home,
    signer: Result<&dyn CheckpointSigner, &Failure>,
    outs: [&mut dyn Write; 2],
) -> io::Result<Vec<String>> {
    let known = keys(home).and_then(|keys| Ok((keys, verify(home, None, &mut |_, _| {})?)));
    let [out, beside] = outs;
    let (main, exchanges) = match (known, signer) {
        (Err(failure), _) => (Err(failure.to_string()), Err(failure.to_string())),
        (Ok((keys, verdicts)), signer) => {
            let had = |main: &Verdict| main.marks.get(EXCHANGES).copied().unwrap_or_default() > 0;
            let begun = verdicts.main.as_ref().is_ok_and(had);
            let history = |log, copy, begun| History { log, keys: keys.clone(), copy: Some(copy), begun };
            let of = |verdict: Result<Verdict, Fault>, history| match (verdict, signer) {
                (Err(fault), _) => Err(fault.to_string()),
                (Ok(_), Err(failure)) => Err(failure.to_string()),
                (Ok(_), Ok(signer)) => Ok((signer, history)),
            };
            let main = of(verdicts.main, history(AUDIT, home.audit_mark(), true));
            (main, of(verdicts.exchanges, history(EXCHANGES, home.exchanges_mark(), begun)))
        }
    };
    let mut not_signed = Vec::new();
    for (path, sign, out) in [(home.audit(), main, out), (home.exchanges(), exchanges, beside)] {
        let signed = match sign {
            Ok((signer, history)) => {
                let signed = export_signed(&path, &history, signer, now(), out)?;
                signed.map(drop).map_err(|why| why.to_string())
            }
            Err(why) => {
                export(&path, out)?;
                Err(why)
            }
        };
        if let Err(why) = signed {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            not_signed.push(format!("the end of {name} is not signed for: {why}"));
        }
    }
    Ok(not_signed)
}

/// What the audit log is called in its checkpoints; and the mark in the log of exchanges that says how many entries it had.
pub const AUDIT: &str = "audit";
/// What the log of exchanges is called in its checkpoints; and the mark in the audit log that says how many there were, and one
/// more: 0 is that there is no log of them.
pub const EXCHANGES: &str = "exchanges";

fn damaged(log: &str, error: &AuditError) -> Failure {
    let what_to_do = match error {
        AuditError::Chain { path, .. } => format!(
            ". Bring {0} back from a backup, or move it aside, for whoever asks what was in it: another one begins, and \
             audit verify says that this one is missing",
            path.display()
        ),
        _ => String::new(),
    };
    Failure::failed(format_args!("{log}: {error}{what_to_do}"))
}
