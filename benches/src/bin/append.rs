//! `append FOLDER ROUNDS`: a payload of 5 KB kept in a spool beside the bare calls that make a file durable, by turns; prints
//! the microseconds of the middle round of ours and of theirs.
use std::error::Error;
use std::fs::{self, File};
use std::io::Write as _;
use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use remote_services_core::id::uuid_v7;
use remote_services_core::time::Timestamp;
use remote_services_transport::spool::{Class, SealedPayload, Spool, SpoolLimits};

/// What one printer's report takes when it is sealed.
const LENGTH: usize = 5_000;

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let outcome = match words.as_slice() {
        [folder, rounds] => rounds.parse().map_err(Into::into).and_then(|rounds| measure(folder, rounds)),
        _ => Err("usage: append FOLDER ROUNDS".into()),
    };
    match outcome {
        Ok((ours, bare)) => {
            println!("{:.1} {:.1}", ours.as_secs_f64() * 1e6, bare.as_secs_f64() * 1e6);
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn measure(folder: &str, rounds: u32) -> Result<(Duration, Duration), Box<dyn Error>> {
    let (kept, bare) = (Path::new(folder).join("spool"), Path::new(folder).join("bare"));
    for made in [&kept, &bare] {
        let _ = fs::remove_dir_all(made);
        fs::create_dir_all(made)?;
    }
    let (mut spool, _) = Spool::open(&kept, SpoolLimits::default())?;
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for round in 0..rounds {
        let mut random = [0; 10];
        getrandom::fill(&mut random)?;
        let id = uuid_v7(Timestamp::from_unix_seconds(round.into()), random);
        let payload = sealed(round);
        let began = Instant::now();
        spool.append(Class::Report, id, SealedPayload::new(&payload)?)?;
        ours.push(began.elapsed());
        let began = Instant::now();
        write(&bare, &id.to_string(), &payload)?;
        theirs.push(began.elapsed());
    }
    Ok((middle(ours), middle(theirs)))
}

/// What nobody can leave out who wants the file back after a power cut.
fn write(folder: &Path, name: &str, payload: &[u8]) -> std::io::Result<()> {
    let temporary = folder.join(format!("{name}.tmp"));
    let mut file = File::create_new(&temporary)?;
    file.write_all(payload)?;
    file.sync_all()?;
    drop(file);
    fs::rename(&temporary, folder.join(name))?;
    File::open(folder)?.sync_all()
}

fn middle(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times.get(times.len() / 2).copied().unwrap_or_default()
}

/// The form of a sealed container around octets of this round.
fn sealed(round: u32) -> Vec<u8> {
    let oid = [0x06, 0x0B, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x09, 0x10, 0x01, 0x17];
    let content: Vec<u8> = round.to_be_bytes().into_iter().cycle().take(LENGTH).collect();
    let length = u32::try_from(oid.len() + content.len()).expect("5 KB").to_be_bytes();
    [&[0x30, 0x84][..], &length, &oid, &content].concat()
}
