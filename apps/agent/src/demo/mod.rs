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
use crate::cli::snmp_options::{Auth, SnmpOptions};
use crate::commands;
use crate::failure::{Context, Failure};
use crate::home::Home;
use crate::journal::CommandJournal;
use crate::present::{FleetRow, fleet_table};
use crate::progress::Progress;
use crate::round;
use crate::settings::Settings;
use crate::site::Site;
use crate::survey::{self, Reading, SnmpAsker, read_targets};
use folder::Folder;
use narrator::Narrator;
use remote_services_collect::discover::Outcome;
use remote_services_core::id::Uuid;
use remote_services_transport::client::blocking::StopFlag;
use remote_services_transport::document::NextPoll;
use remote_services_transport::poll::Poll;
use stage::Stage;
use std::path::Path;

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
    let folder = Folder::open(wishes.data)?;
    let result = act(wishes, folder.path(), stop);
    match &result {
        // An interrupted demo leaves nothing behind, unless the user said where to keep it.
        Err(failure) if failure.code == crate::failure::ExitCode::Interrupted => folder.discard(),
        _ => folder.keep(),
    }
    result
}

fn act(wishes: &Wishes<'_>, folder: &Path, stop: &StopFlag) -> Result<(), Failure> {
    let tale = Narrator::new();
    let check = || if stop.is_stopped() { Err(Failure::interrupted()) } else { Ok(()) };
    let mut stage = Stage::new()?;

    let ports = tale.step(&format!("Start {} virtual printers", wishes.printers), || {
        let ports = stage.start_fleet(wishes.printers)?;
        println!(
            "   on 127.0.0.1, UDP ports {} to {}, speaking SNMPv2c, v3 and v1 in turn",
            ports.0, ports.1
        );
        stage.tell_faults();
        Ok(ports)
    })?;
    check()?;

    let agent_folder = folder.join("agent");
    let home = Home::open(&agent_folder)?;
    tale.step("Start the communication server", || {
        stage.start_server(&folder.join("server"), &home)?;
        println!("   clients connect to {} (mutual TLS)", stage.server()?.device_url());
        println!("   the operator's side is {}", stage.server()?.operator_url());
        Ok(())
    })?;
    check()?;

    let settings = tale.step("Register the agent with a one-time key", || {
        folder::write_settings(&home)?;
        let settings = Settings::read(&home.settings())?;
        stage.register(&home, &settings)?;
        Ok(settings)
    })?;
    check()?;

    let mut asker = SnmpAsker::new(&snmp_options(), stop.clone())?;
    let mut site = Site::open(home, settings, stop.clone())?;
    let left = site.waiting();
    if left > 0 {
        println!("   {left} payloads of an earlier run still wait in the spool");
    }

    let findings = tale.step("Discover", || {
        let targets = read_targets(&[format!("127.0.0.1:{}-{}", ports.0, ports.1)], &[], |_| {})?;
        let mut progress = Progress::new("asking hosts", targets.len());
        let findings = survey::discover(&mut asker, &targets, &mut progress)?;
        progress.finish();
        let found =
            findings.iter().filter(|finding| matches!(finding.outcome, Outcome::Found { .. })).count();
        println!("   {found} of {} addresses are printers", findings.len());
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
        println!("   {} sealed payloads wait in {}", site.waiting(), site.home.spool().display());
        Ok(devices)
    })?;

    tale.step("Upload", || {
        let introductions: Vec<_> = devices.iter().map(|(id, _, reading)| (*id, &reading.report)).collect();
        site.introduce(&introductions)?;
        upload(&mut site)
    })?;

    let operator = stage.operator()?;
    let wanted = tale.step("Queue three commands by the operator's API", || {
        outcome::wait_until_opened(&operator, stop)?;
        outcome::queue(&operator, &site, &devices, ports)
    })?;

    let mut journal = CommandJournal::open(&site.home).context("command journal")?;
    let mut poll = Poll::new(site.client.id(), POLL);
    tale.step("Poll, carry out, report", || {
        let (obeyed, _) = commands::obey(&mut site, &mut asker, &mut journal, &mut poll, &mut |line| {
            println!("   {line}");
        })?;
        for done in &obeyed {
            println!("   {}", sentence(done));
        }
        upload(&mut site)
    })?;

    tale.step("What the server knows of the three commands", || outcome::compare(&operator, &wanted))?;

    where_is_what(folder, &stage, wishes)?;
    if wishes.serve {
        println!("\nEverything keeps running; Ctrl-C ends it.");
        serve(&mut site, &mut asker, &mut journal, &mut poll)?;
    }
    drop(site);
    stage.strike();
    Ok(())
}

/// Uploads all that waits and shows the server's receipts.
fn upload(site: &mut Site) -> Result<(), Failure> {
    let waiting = site.waiting() as u64;
    let mut progress = Progress::new("uploading", waiting);
    let receipts =
        round::send_with(site, &mut |line| println!("   {line}"), &mut |stored| progress.set(stored as u64))?;
    progress.finish();
    for receipt in receipts.iter().take(SHOWN) {
        println!("   receipt: upload {} stored {} {}", receipt.upload, receipt.stored_at, receipt.digest);
    }
    if receipts.len() > SHOWN {
        let log = site.home.spool().join("receipts.log");
        println!("   … and {} more receipts, all in {}", receipts.len() - SHOWN, log.display());
    }
    if (receipts.len() as u64) < waiting {
        return Err(Failure::failed(format_args!(
            "the server gave {} receipts for {waiting} payloads",
            receipts.len()
        )));
    }
    Ok(())
}

fn show_fleet(devices: &[(Uuid, Uuid, Reading)], asker: &SnmpAsker) {
    let rows: Vec<FleetRow<'_>> = devices
        .iter()
        .take(SHOWN)
        .map(|(_, _, reading)| FleetRow {
            address: reading.address.to_string(),
            credentials: asker.credential_name(reading.credential),
            report: &reading.report,
        })
        .collect();
    println!("{}", fleet_table(&rows));
    if devices.len() > SHOWN {
        println!("… and {} more printers", devices.len() - SHOWN);
    }
}

fn where_is_what(folder: &Path, stage: &Stage, wishes: &Wishes<'_>) -> Result<(), Failure> {
    println!("\nWhat is where");
    println!("   {}: all data of this run", folder.display());
    println!(
        "   {}: the agent's settings, identity, spool, receipts, audit log",
        folder.join("agent").display()
    );
    println!(
        "   {}: the server's database, archive and certification authority",
        folder.join("server").display()
    );
    println!("   {}: the server's side for clients", stage.server()?.device_url());
    println!("   {}: the server's side for operators", stage.server()?.operator_url());
    if wishes.serve {
        println!("   {}: sign in once, within ten minutes", stage.login_link()?);
    } else {
        println!(
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
        let again = match commands::obey(site, asker, journal, poll, &mut |line| println!("{line}")) {
            Ok((obeyed, again)) => {
                for done in &obeyed {
                    println!("{}", sentence(done));
                }
                again
            }
            Err(failure) if failure.code == crate::failure::ExitCode::Interrupted => return Ok(()),
            Err(failure) => return Err(failure),
        };
        if site.waiting() > 0 {
            round::send(site, &mut |line| println!("{line}"))?;
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
        auth_password: Some(stage::AUTH_PASSWORD.to_owned()),
        priv_password: Some(stage::PRIV_PASSWORD.to_owned()),
        context: String::new(),
        credentials: None,
        write_community: stage::WRITE_COMMUNITY.to_owned(),
        timeout: 0.3,
        retries: 2,
        packet_rate: 2000,
    }
}

/// Lines of a long list that are shown.
const SHOWN: usize = 20;
/// How often the demo's agent polls.
const POLL: NextPoll = NextPoll { seconds: 5, jitter: 1 };
