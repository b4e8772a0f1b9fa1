//! `expectations [DIR]`: serves each recording of DIR by snmpsim, reads it over v2c and v3, and compares what comes with
//! DIR/EXPECTED.tsv. Ends with one line of totals; exit code 1 when something is wrong.
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use remote_services_collect::discover::{Discovery, Options, Outcome, SnmpVersion};
use remote_services_collect::plan::{Collection, Known};
use remote_services_collect::record::{Mode, Recording, parse};
use remote_services_collect::{ReadContext, build, drive};
use remote_services_core::device::DeviceReport;
use remote_services_interop::expectations::{Expectation, Tally};
use remote_services_interop::manager::user;
use remote_services_interop::network::Network;
use remote_services_interop::snmpsim::{AUTH_PASSWORD, PRIVACY_PASSWORD, Snmpsim, USER};
use remote_services_interop::{Tool, require, shared};
use remote_services_snmp::crypto::AuthProtocol::HmacSha1;
use remote_services_snmp::engine::Credentials;

fn main() -> ExitCode {
    let folder = std::env::args_os().nth(1).map(PathBuf::from).or_else(|| shared("data/printers"));
    let Some(folder) = folder else {
        eprintln!("which folder? It holds EXPECTED.tsv and the recordings that it names");
        return ExitCode::from(2);
    };
    if !require(&[Tool::Snmp, Tool::Snmpsim]) {
        return ExitCode::from(2);
    }
    match run(&folder) {
        Ok(tally) => {
            print!("{}", tally.report());
            if tally.wrong.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
        }
        Err(reason) => {
            eprintln!("{}: {reason}", folder.display());
            ExitCode::from(2)
        }
    }
}

fn run(folder: &Path) -> Result<Tally, String> {
    let table = std::fs::read_to_string(folder.join("EXPECTED.tsv"))
        .map_err(|error| format!("EXPECTED.tsv: {error}"))?;
    let expected = Expectation::read(&table).map_err(|error| format!("EXPECTED.tsv: {error}"))?;
    let mut files: Vec<&str> = expected.iter().map(|row| row.file.as_str()).collect();
    files.sort_unstable();
    files.dedup();
    let recordings: Vec<(String, Recording)> = files
        .iter()
        .map(|file| {
            let bytes = std::fs::read(folder.join(file)).map_err(|error| format!("{file}: {error}"))?;
            let recording = parse(&bytes, Mode::Lenient).map_err(|error| format!("{file}: {error}"))?;
            Ok((file.trim_end_matches(".snmprec").to_owned(), recording))
        })
        .collect::<Result<_, String>>()?;
    let named: Vec<_> = recordings.iter().map(|(name, recording)| (name.as_str(), recording)).collect();
    let snmpsim = Snmpsim::serve(&named);
    let mut tally = Tally::default();
    for (file, (name, _)) in files.iter().zip(&recordings) {
        let v3 = user(USER, HmacSha1, AUTH_PASSWORD, Some(PRIVACY_PASSWORD), name);
        for (how, credentials) in [(" (v2c)", Credentials::v2c(name.as_str())), (" (v3)", v3)] {
            let report = read(&snmpsim, credentials).map_err(|error| format!("{file}{how}: {error}"))?;
            tally.judge(file, how, &report, &expected);
        }
    }
    Ok(tally)
}

/// Finds and reads the device of these credentials, as the agent does.
fn read(snmpsim: &Snmpsim, credentials: Credentials) -> Result<DeviceReport, String> {
    let mut network = Network::new(vec![Arc::new(credentials)], Duration::from_secs(2));
    let options = Options::new(vec![SnmpVersion::V3]);
    let mut discovery = Discovery::new(std::iter::once(snmpsim.address), &options);
    let mut known = Err("no answer".to_owned());
    drive::discover(&mut discovery, &mut network, |finding, _| {
        known = match finding.outcome {
            Outcome::Found { evidence, .. } | Outcome::NotPrinter { evidence, .. } => {
                Ok(Known::from(&*evidence))
            }
            other => Err(format!("{other:?}")),
        };
    })
    .map_err(|error| error.to_string())?;
    let mut collection = Collection::new(&known?);
    drive::collect(&mut collection, snmpsim.address, 0, &mut network).map_err(|error| error.to_string())?;
    Ok(build(&collection.finish(), &ReadContext::default()))
}
