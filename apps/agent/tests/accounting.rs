//! Jobs of a print server on this host: sealed under the consent that is on record, each once, over a restart of the agent.
#![allow(clippy::unwrap_used, reason = "test code outside of test functions")]

mod support;

use remote_services_agent::accounting;
use remote_services_core::consent::ConsentScope;
use remote_services_core::time::Timestamp;
use remote_services_payload::kind::Document;
use std::path::PathBuf;
use support::World;
use support::archive::{consent, documents};

const LOG: &str = "\
lp ana 1 [20/May/2024:19:21:05 +0000] total 40 - pc-1 before.pdf - one-sided
lp ana 2 [21/May/2024:19:21:05 +0000] total 12 - pc-1 a.pdf - one-sided
lp bob 3 [21/May/2024:19:21:05 +0000] total 1 - pc-2 b.pdf - one-sided
";
/// 2024-05-21
const GIVEN_AT: Timestamp = Timestamp::from_unix_seconds(1_716_249_600);
const MORE: &str = "lp eve 4 [22/May/2024:08:00:00 +0000] total 50 - pc-3 c.pdf - one-sided\n";

/// Settings with a page log and rules, and where the log is.
fn settings(world: &World) -> (String, PathBuf) {
    let (log, policy) = (world.folder.path().join("page_log"), world.folder.path().join("policy.toml"));
    std::fs::write(&policy, "name = \"Office\"\n[[rule]]\nname = \"long\"\nimpressions-above = 10\n")
        .unwrap();
    (format!("[jobs]\npage-log = {log:?}\npolicy = {policy:?}\n"), log)
}

/// Ids of the jobs and documents' rules that were sent, in order.
fn told(world: &World) -> (Vec<String>, Vec<String>) {
    let (mut jobs, mut rules) = (Vec::new(), Vec::new());
    for document in documents(world) {
        match document {
            Document::JobAccounting(accounting) => {
                assert!(accounting.jobs.iter().all(|job| job.owner.as_deref() != Some("ana")), "a pseudonym");
                jobs.extend(accounting.jobs.into_iter().map(|job| job.job_id));
            }
            Document::PrintControl(control) => rules.extend(control.violations.into_iter().map(|broken| {
                assert!(broken.document_name.is_none());
                format!("{} {}", broken.policy_rule, broken.total_impressions.unwrap_or_default())
            })),
            _ => {}
        }
    }
    jobs.sort();
    rules.sort();
    (jobs, rules)
}

#[test]
fn jobs_and_violations_since_the_consent_reach_the_server_once_over_a_restart() {
    let world = World::new();
    let (settings, log) = settings(&world);
    std::fs::write(&log, LOG).unwrap();
    consent(&world, GIVEN_AT, vec![ConsentScope::JobAccounting, ConsentScope::PrintControl]);
    let mut site = world.site(&settings);
    assert_eq!(accounting::keep(&mut site).unwrap(), 3, "two jobs, one of which broke the rule");
    assert_eq!(accounting::keep(&mut site).unwrap(), 0);
    drop(site);
    std::fs::write(&log, format!("{LOG}{MORE}")).unwrap();
    let mut site = world.site(&settings);
    assert_eq!(accounting::keep(&mut site).unwrap(), 2);
    site.send(|_| {}).unwrap();
    let strings = |all: &[&str]| all.iter().map(|one| (*one).to_owned()).collect::<Vec<_>>();
    assert_eq!(told(&world), (strings(&["2", "3", "4"]), strings(&["long 12", "long 50"])));
}

#[test]
fn without_consent_or_in_lockdown_no_job_is_read() {
    let world = World::new();
    let (settings, log) = settings(&world);
    std::fs::write(&log, LOG).unwrap();
    let mut site = world.site(&settings);
    assert_eq!(accounting::keep(&mut site).unwrap(), 0);
    drop(site);
    consent(&world, GIVEN_AT, vec![ConsentScope::PrintControl]);
    let mut site = world.site(&format!("mode = \"lockdown\"\n{settings}"));
    assert_eq!(accounting::keep(&mut site).unwrap(), 0);
    drop(site);
    let mut site = world.site(&settings);
    assert_eq!(accounting::keep(&mut site).unwrap(), 1, "the violation alone");
}

#[test]
fn a_policy_that_cannot_be_used_is_told_with_its_file_and_line() {
    let world = World::new();
    let (settings, _) = settings(&world);
    std::fs::write(world.folder.path().join("policy.toml"), "name = \"Office\"\nrules = 1\n").unwrap();
    let failure = accounting::keep(&mut world.site(&settings)).unwrap_err();
    assert!(failure.sentence.contains("policy.toml") && failure.sentence.contains("line"), "{failure}");
}
