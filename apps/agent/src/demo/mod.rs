//! The whole road on this machine alone: virtual printers, a server of our own, an agent, and all that passes between.
//!
//! ```text
//! fleet ──SNMP──▶ discover ─▶ collect ─▶ seal ─▶ spool ──mutual TLS──▶ server ─▶ archive, devices
//!   ▲                                                                    │ API: three commands
//!   └── test page, status ◀── carried out where allowed ◀── poll ◀───────┘
//! ```
//!
//! Everything listens on loopback, on ports that need no privileges, and ends with this process.

mod folder;
mod narrator;
mod operator;
mod outcome;
mod stage;

use crate::cli::run::sentence;
use crate::cli::secrets_key::SecretsKey;
use crate::cli::snmp_crypto::Fips;
use crate::cli::snmp_options::{Auth, Privacy, SnmpOptions};
use crate::commands;
use crate::failure::{Context, ExitCode, Failure};
use crate::home::Home;
use crate::intake::Device;
use crate::journal::CommandJournal;
use crate::present::{FleetRow, fleet_table};
use crate::progress::Progress;
use crate::round;
use crate::settings::Settings;
use crate::site::{Patience, Site};
use crate::survey::{self, SnmpAsker, read_targets};
use folder::Folder;
use narrator::Narrator;
use remote_services_collect::discover::Outcome;
use remote_services_core::backoff::Backoff;
use remote_services_transport::client::blocking::StopFlag;
use remote_services_transport::document::NextPoll;
use remote_services_transport::poll::Poll;
use stage::Stage;
use std::path::Path;
use std::time::Duration;

/// What the demo is to show.
#[derive(Clone, Debug)]
pub struct Wishes<'a> {
    /// How many printers, 1 to 1,000.
    pub printers: u16,
    /// Where to keep everything; a temporary folder if absent.
    pub data: Option<&'a Path>,
    /// Keep everything running until Ctrl-C.
    pub serve: bool,
}

/// Shows the whole road.
///
/// # Errors
/// The step that failed, in words.
pub fn show(wishes: &Wishes<'_>, stop: &StopFlag) -> Result<(), Failure> {
    let tale = Narrator::new();
    let (folder, home) = tale.step("Open a data folder", || {
        let folder = Folder::open(wishes.data)?;
        let home = Home::open(&folder.path().join("agent"))?;
        say!("   {}", folder.path().display());
        Ok((folder, home))
    })?;
    let mut stage = Stage::new()?;
    let result = act(wishes, (folder.path(), home), &mut stage, &tale, stop);
    stage.strike();
    match &result {
        // Who ends it by Ctrl-C finds nothing left behind, unless the folder was named.
        Err(failure) if failure.code == ExitCode::Interrupted => folder.discard(),
        Ok(()) if wishes.serve => folder.discard(),
        _ => folder.keep(),
    }
    result
}

fn act(
    wishes: &Wishes<'_>,
    (folder, home): (&Path, Home),
    stage: &mut Stage,
    tale: &Narrator,
    stop: &StopFlag,
) -> Result<(), Failure> {
    let check = || if stop.is_stopped() { Err(Failure::interrupted()) } else { Ok(()) };

    let ports = tale.step(&format!("Start {} virtual printers", wishes.printers), || {
        let ports = stage.start_fleet(wishes.printers)?;
        say!("   on 127.0.0.1, UDP ports {} to {}, speaking SNMPv2c, v3 and v1 in turn", ports.0, ports.1);
        stage.tell_faults();
        Ok(ports)
    })?;
    check()?;

    tale.step("Start the communication server", || {
        stage.start_server(&folder.join("server"), &home)?;
        say!("   clients connect to {} (mutual TLS)", stage.server()?.device_url());
        say!("   the operator's side is {}", stage.server()?.operator_url());
        Ok(())
    })?;
    check()?;

    let settings = tale.step("Register the agent with a one-time key", || {
        folder::write_settings(&home)?;
        let settings = Settings::read(&home)?;
        stage.register(&home, &settings)?;
        Ok(settings)
    })?;
    check()?;

    let mut asker = SnmpAsker::new(&snmp_options(), stop.clone())?;
    let mut site = Site::open(home, settings, stop.clone())?.with_patience(PATIENCE);
    let left = site.waiting();
    if left > 0 {
        say!("   {left} payloads of an earlier run still wait in the spool");
    }

    let findings = tale.step("Discover", || {
        let targets = read_targets(&[format!("127.0.0.1:{}-{}", ports.0, ports.1)], &[], &*asker.names())?;
        let mut progress = Progress::new("asking hosts", targets.len());
        let findings = survey::discover(&mut asker, &targets, &mut progress)?;
        progress.finish();
        let found =
            findings.iter().filter(|finding| matches!(finding.outcome, Outcome::Found { .. })).count();
        say!("   {found} of {} addresses are printers", findings.len());
        if found < usize::from(wishes.printers) {
            return Err(Failure::failed(format_args!(
                "only {found} of {} printers were found",
                wishes.printers
            )));
        }
        Ok(findings)
    })?;

    let devices = tale.step("Collect, seal and spool", || {
        let mut progress = Progress::new("reading printers", u64::from(wishes.printers));
        let devices = round::collect(&mut site, &mut asker, &findings, &mut progress)?;
        site.keep_agent(0)?;
        progress.finish();
        show_fleet(&devices, &asker);
        say!("   {} sealed payloads wait in {}", site.waiting(), site.home.spool().display());
        Ok(devices)
    })?;

    tale.step("Upload", || {
        let introductions: Vec<_> = devices.iter().map(|device| (device.id, &device.report)).collect();
        let mut progress = Progress::new("introducing printers", introductions.len() as u64);
        site.introduce(&introductions, &mut progress)?;
        progress.finish();
        upload(&mut site)
    })?;

    let operator = stage.operator()?;
    let wanted = tale.step("Queue three commands by the operator's API", || {
        let server = stage.server()?;
        outcome::wait_until_opened(&operator, &|| server.opening_put_off(), stop)?;
        outcome::queue(&operator, &site, &devices, ports)
    })?;

    let mut journal = CommandJournal::open(&site.home).context("command journal")?;
    let mut poll = Poll::new(site.client.id(), POLL);
    tale.step("Poll, carry out, report", || {
        let done = commands::obey(&mut site, &mut asker, &mut journal, Some(&mut poll), &mut |line| {
            say!("   {line}");
        })?;
        for done in &done.obeyed {
            say!("   {}", sentence(done));
        }
        done.failed.or(done.missed).map_or(Ok(()), Err)?;
        upload(&mut site)
    })?;

    tale.step("What the server knows of the three commands", || outcome::compare(&operator, &wanted))?;

    where_is_what(folder, stage, wishes)?;
    if wishes.serve {
        say!("\nEverything keeps running; Ctrl-C ends it.");
        serve(&mut site, &mut asker, &mut journal, &mut poll)?;
    }
    Ok(())
}

/// Uploads all that waits and shows the server's receipts.
fn upload(site: &mut Site) -> Result<(), Failure> {
    let waiting = site.waiting() as u64;
    let mut progress = Progress::new("uploading", waiting);
    let receipts = round::send_with(site, false, &mut |line| say!("   {line}"), &mut |stored| {
        progress.set(stored as u64);
    })?;
    progress.finish();
    for receipt in receipts.iter().take(SHOWN) {
        say!("   receipt: upload {} stored {} {}", receipt.upload, receipt.stored_at, receipt.digest);
    }
    if receipts.len() > SHOWN {
        let log = site.home.spool().join("receipts.log");
        say!("   … and {} more receipts, all in {}", receipts.len() - SHOWN, log.display());
    }
    if (receipts.len() as u64) < waiting {
        return Err(Failure::failed(format_args!(
            "the server gave {} receipts for {waiting} payloads",
            receipts.len()
        )));
    }
    Ok(())
}

fn show_fleet(devices: &[Device], asker: &SnmpAsker) {
    let rows: Vec<FleetRow<'_>> = devices
        .iter()
        .take(SHOWN)
        .map(|device| FleetRow {
            address: device.address.to_string(),
            credentials: asker.credential_name(device.credential),
            report: &device.report,
        })
        .collect();
    say!("{}", fleet_table(&rows));
    if devices.len() > SHOWN {
        say!("… and {} more printers", devices.len() - SHOWN);
    }
}

fn where_is_what(folder: &Path, stage: &Stage, wishes: &Wishes<'_>) -> Result<(), Failure> {
    say!("\nWhat is where");
    match (wishes.serve, wishes.data) {
        (true, None) => say!("   {}: all data of this run, until it ends", folder.display()),
        _ => say!("   {}: all data of this run", folder.display()),
    }
    say!("   {}: the agent's settings, identity, spool, receipts, audit log", folder.join("agent").display());
    say!(
        "   {}: the server's database, archive and certification authority",
        folder.join("server").display()
    );
    say!("   {}: the server's side for clients", stage.server()?.device_url());
    say!("   {}: the server's side for operators", stage.server()?.operator_url());
    if wishes.serve {
        say!("   {}: sign in once, within ten minutes", stage.login_link()?);
    } else {
        say!(
            "   The servers end with this demo; with --serve they stay. --data FOLDER goes on where a run ended."
        );
    }
    Ok(())
}

/// Goes on polling until Ctrl-C, which is the way to end and so no failure.
fn serve(
    site: &mut Site,
    asker: &mut SnmpAsker,
    journal: &mut CommandJournal,
    poll: &mut Poll,
) -> Result<(), Failure> {
    loop {
        let again = match commands::obey(site, asker, journal, Some(poll), &mut |line| say!("{line}")) {
            Ok(done) => {
                for done in &done.obeyed {
                    say!("{}", sentence(done));
                }
                for why in done.missed.into_iter().chain(done.failed) {
                    say!("{why}");
                }
                done.again.unwrap_or(Duration::from_secs(1))
            }
            Err(failure) if failure.code == ExitCode::Interrupted => return Ok(()),
            Err(failure) => return Err(failure),
        };
        match round::send(site, false, &mut |line| say!("{line}")) {
            Ok(_) => {}
            Err(failure) if failure.code == ExitCode::Interrupted => return Ok(()),
            Err(failure) => return Err(failure),
        }
        if site.wait(again) {
            return Ok(());
        }
    }
}

/// The credentials of the demo's fleet: v3 first, then v2c, then v1.
fn snmp_options() -> SnmpOptions {
    SnmpOptions {
        versions: Vec::new(),
        community: vec![stage::COMMUNITY.to_owned()],
        user: Some(stage::USER.to_owned()),
        auth_protocol: Auth::Sha256,
        priv_protocol: Privacy::Aes,
        auth_password: Some(stage::AUTH_PASSWORD.to_owned()),
        priv_password: Some(stage::PRIV_PASSWORD.to_owned()),
        context: String::new(),
        credentials: None,
        secrets: SecretsKey::default(),
        fips: Fips::Off,
        write_community: Some(stage::WRITE_COMMUNITY.to_owned()),
        write_community_file: None,
        profiles: Vec::new(),
        dns_names: None,
        timeout: Some(0.3),
        retries: Some(2),
        packet_rate: 2000,
        in_flight: 256,
    }
}

/// Lines of a long list that are shown.
const SHOWN: usize = 20;
/// The demo's server is on this machine and has nothing else to do: what it cannot do now, it cannot do in a minute.
const PATIENCE: Patience =
    Patience { pace: Backoff::new(Duration::from_millis(500), HASTE), failures: 3, longest: HASTE };
const HASTE: Duration = Duration::from_secs(2);
/// How often the demo's agent polls.
const POLL: NextPoll = NextPoll { seconds: 5, jitter: 1 };
