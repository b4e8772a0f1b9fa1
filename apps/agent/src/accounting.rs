//! Jobs of a print server on this host, and those that broke a rule of the site: to the server, under consent.
//!
//! ```text
//! page_log, policy ──HostProducer──▶ records after the last one ──redacted──▶ sealed under the consent ──▶ spool
//!                                          ▲                                                         │
//!                                          └────────────── DATA/state/accounting.json ◀──────────────┘
//! ```
//!
//! Jobs that devices keep are [their own](crate::device_jobs) affair, sealed by the same hands.
//!
//! Without a consent for the whole site, in lockdown, or while the settings cannot be understood, nothing is read. What ended before the consent was given is passed
//! over. Where this stands is kept after the payload is in the spool: an agent that dies in between sends some records
//! twice, and each has an identifier by which it counts once.

use crate::consents;
use crate::failure::{Context, Failure};
use crate::pack::Label;
use crate::produce::HostProducer;
use crate::produce::policy::Policy;
use crate::regular;
use crate::settings::JobSettings;
use crate::site::Site;
use crate::survey::now;
use remote_services_core::consent::{ConsentScope, Consents};
use remote_services_core::embedder::{job_accounting, print_control};
use remote_services_core::reading::Header;
use remote_services_core::time::Timestamp;
use remote_services_payload::kind::Document;
use remote_services_transport::durable;
use remote_services_transport::spool::Class;
use serde::{Deserialize, Serialize};

/// Up to where records were sent.
#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Sent {
    /// Identifier of the last job.
    job: Option<String>,
    /// Time of the last violation, and how many of that time were sent.
    violation: Option<(Timestamp, usize)>,
}

/// Seals and spools what is new. Gives how many records that were.
///
/// # Errors
/// When the settings name a policy that cannot be used, or this machine fails.
pub fn keep(site: &mut Site) -> Result<usize, Failure> {
    let settings = site.settings.jobs.clone().filter(|_| !site.settings.is_suspended());
    let Some(settings) = settings.filter(|settings| settings.page_log.is_some()) else { return Ok(0) };
    let mut producer = producer(&settings)?;
    let mut sent = load(site)?;
    let jobs = keep_jobs(site, &mut producer, &mut sent)?;
    Ok(jobs + keep_violations(site, &mut producer, &mut sent)?)
}

fn producer(settings: &JobSettings) -> Result<HostProducer, Failure> {
    let policy = settings.policy.as_ref().map(|file| {
        let text = regular::read_to_string(file).map_err(Failure::usage);
        text.and_then(|text| Policy::read(&text))
            .map_err(|failure| failure.while_doing(&file.display().to_string()))
    });
    Ok(HostProducer {
        page_log: settings.page_log.clone(),
        policy: policy.transpose()?,
        ..HostProducer::default()
    })
}

fn keep_jobs(site: &mut Site, producer: &mut HostProducer, sent: &mut Sent) -> Result<usize, Failure> {
    let mut count = 0;
    loop {
        let (now, consents) = (now(), site.consents()?);
        let Some(since) = given_at(&consents, &ConsentScope::JobAccounting, now, site) else { break };
        let mut document = job_accounting(producer, now, sent.job.as_deref(), MOST);
        tell_missing(&document.header);
        let Some(last) = document.jobs.last() else { break };
        let last = last.management.record_id.clone();
        document.jobs.retain(|job| {
            let ended = job.result.as_ref().and_then(|result| result.completed_at);
            ended.is_some_and(|ended| ended >= since)
        });
        count += document.jobs.len();
        if !document.jobs.is_empty() {
            seal(site, Document::JobAccounting(document), now, &consents)?;
        }
        sent.job = Some(last);
        save(site, sent)?;
    }
    Ok(count)
}

fn keep_violations(site: &mut Site, producer: &mut HostProducer, sent: &mut Sent) -> Result<usize, Failure> {
    let mut count = 0;
    while producer.policy.is_some() {
        let (now, consents) = (now(), site.consents()?);
        let Some(since) = given_at(&consents, &ConsentScope::PrintControl, now, site) else { break };
        let (from, known) = match sent.violation {
            Some((last, known)) if last >= since => (last, known),
            _ => (since, 0),
        };
        let mut document = print_control(producer, now, from, MOST + known);
        tell_missing(&document.header);
        document.violations.drain(..known.min(document.violations.len()));
        let Some(last) = document.violations.last().map(|violation| violation.occurred_at) else { break };
        let same = document.violations.iter().filter(|violation| violation.occurred_at == last).count();
        sent.violation = Some((last, if last == from { known + same } else { same }));
        count += document.violations.len();
        seal(site, Document::PrintControl(document), now, &consents)?;
        save(site, sent)?;
    }
    Ok(count)
}

/// When the site consented to this, if that holds now.
pub(crate) fn given_at(
    consents: &Consents,
    scope: &ConsentScope,
    now: Timestamp,
    site: &Site,
) -> Option<Timestamp> {
    let permit = consents.permit(scope, None, now, site.settings.mode).ok()?;
    Some(permit.consent().given_at)
}

fn tell_missing(header: &Header) {
    for withheld in &header.withheld {
        tell!("the jobs of this host cannot be read ({}: {})", withheld.element, withheld.reason);
    }
}

/// Redacts, seals and spools records under the consents that are on record.
pub(crate) fn seal(
    site: &mut Site,
    mut document: Document,
    now: Timestamp,
    consents: &Consents,
) -> Result<(), Failure> {
    site.check_clock()?;
    let sequence = site.memory.take_sequence(1);
    // A number of the sequence is never used twice.
    site.memory.save()?;
    let permits = consents::permits(consents, None, now, site.settings.mode);
    let redaction = consents::permitted(site.redaction()?, &permits);
    match &mut document {
        Document::JobAccounting(accounting) => {
            for job in &mut accounting.jobs {
                job.management.site_id.clone_from(&site.settings.site_name);
            }
            redaction.job_accounting(accounting);
        }
        Document::PrintControl(violations) => redaction.print_control(violations),
        other => return Err(Failure::failed(format_args!("{}: no record of jobs", other.kind().label()))),
    }
    let label = Label { sequence, now, redaction: &redaction.label(), permits: &permits };
    let sealed = site.packer.document(&document, None, &label)?;
    site.spool(Class::Report, &sealed).map(drop)
}

fn load(site: &Site) -> Result<Sent, Failure> {
    let path = site.home.state(FILE);
    match std::fs::read(&path) {
        Ok(octets) => serde_json::from_slice(&octets).context(path.display()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Sent::default()),
        Err(error) => Err(Failure::failed(format_args!("{}: {error}", path.display()))),
    }
}

fn save(site: &Site, sent: &Sent) -> Result<(), Failure> {
    let path = site.home.state(FILE);
    let octets = serde_json::to_vec(sent).context(path.display())?;
    durable::replace(&path, &octets).context(path.display())
}

const FILE: &str = "accounting.json";
/// Records in one payload.
pub(crate) const MOST: usize = 2_000;
