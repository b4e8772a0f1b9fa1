//! `record`: a recording of a device that may be given away.

use super::snmp_options::SnmpOptions;
use super::{Format, collect, print};
use crate::failure::{Context, Failure};
use crate::interrupt;
use crate::profiles;
use crate::survey::{SnmpAsker, now};
use clap::Args;
use remote_services_collect::drive::Asker;
use remote_services_collect::record::{self, Redacted};
use remote_services_collect::{ObjectStore, ReadContext};
use remote_services_snmp::engine::Operation;
use remote_services_snmp::{Oid, oid};
use serde_json::json;
use std::fmt::Write as _;
use std::net::SocketAddr;
use std::path::PathBuf;

/// Options of `record`.
#[derive(Args)]
#[command(after_help = help!("  remote-services-agent record 192.0.2.7 -o device.snmprec
  remote-services-agent record printer-7.example --user monitor --subtree 1.3.6.1.2.1.43 > printer-mib.snmprec
  remote-services-agent record 192.0.2.7 -o device.snmprec --format json

Serial numbers, addresses, names, places and people are replaced, the same by the same everywhere. What somebody wrote
into an object made for something else cannot be told from other words: look through the file before you give it away.", credentials))]
pub struct RecordOptions {
    /// Device to read: address or name, with :PORT if it is not 161
    #[arg(value_name = "TARGET")]
    pub target: String,
    /// File to write the recording to; without it is printed
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Read only these parts of the device's objects; default: the standard MIBs and the makers'
    #[arg(long, value_name = "OID", value_parser = |text: &str| text.parse::<Oid>().map_err(|error| error.to_string()))]
    pub subtree: Vec<Oid>,
    /// What to print: the recording, or with json what became of it
    #[arg(long, value_enum, default_value = "table")]
    pub format: Format,
    /// How to talk to devices
    #[command(flatten)]
    pub snmp: SnmpOptions,
}

/// mib-2, the makers, and who the SNMP engine is.
const SUBTREES: [Oid; 3] = [oid!("1.3.6.1.2.1"), oid!("1.3.6.1.4.1"), oid!("1.3.6.1.6.3.10.2.1")];

pub(super) fn carry_out(options: &RecordOptions) -> Result<(), Failure> {
    if options.format == Format::Xml {
        return Err(Failure::usage("record has no XML: take table or json"));
    }
    let mut asker = SnmpAsker::new(&options.snmp, interrupt::stop_flag()?)?;
    let (address, credential) = collect::find_one(&options.target, &mut asker)?;
    let subtrees = if options.subtree.is_empty() { &SUBTREES[..] } else { &options.subtree };
    let store = walk(&mut asker, address, credential, subtrees)?;
    let context = ReadContext { profiles: profiles::read(&options.snmp.profiles)?, ..ReadContext::default() };
    let redacted = record::redact(store.values(), &context);
    let text = text(&redacted);
    if let Some(path) = &options.output {
        std::fs::write(path, &text).context(format_args!("cannot write {}", path.display()))?;
    }
    match (options.format, &options.output) {
        (Format::Json, output) => {
            let all = json!({
                "File": output,
                "Values": redacted.values.len(),
                "LeftOut": redacted.left_out,
                "Replaced": redacted.replaced,
                "Recording": output.is_none().then_some(&text),
            });
            print(&serde_json::to_string_pretty(&all).context("cannot write JSON")?)
        }
        (_, Some(path)) => {
            tell!(
                "{} values of {address} are in {}; replaced: {}",
                redacted.values.len(),
                path.display(),
                replaced(&redacted)
            );
            Ok(())
        }
        (_, None) => print(&text),
    }
}

/// Everything below these, one after the other: printers are slow. What was read before a device stumbles is kept.
fn walk(
    asker: &mut SnmpAsker,
    address: SocketAddr,
    credential: usize,
    subtrees: &[Oid],
) -> Result<ObjectStore, Failure> {
    let mut store = ObjectStore::new();
    for root in subtrees {
        asker.submit(address, credential, Operation::Walk(root.clone()))?;
        let Some(answer) = asker.next()? else { continue };
        match answer.result {
            Ok(values) => store.extend(values),
            Err(error) => {
                tell!("{address}, below {root}: {error}; {} values were read before", answer.partial.len());
                store.extend(answer.partial);
            }
        }
    }
    if store.values().is_empty() {
        return Err(Failure::no_answer(format_args!("{address} gave nothing to record")));
    }
    Ok(store)
}

fn text(redacted: &Redacted) -> String {
    let date = now().to_string();
    let date = date.split('T').next().unwrap_or("");
    let mut text = format!("# Recording of a device, {date}. Replaced: {}.\n", replaced(redacted));
    if redacted.left_out > 0 {
        // Writing to a String cannot fail.
        let _ = writeln!(
            text,
            "# Left out: {} values about others (neighbours, connections, jobs, users).",
            redacted.left_out
        );
    }
    text + &record::write(&redacted.values)
}

fn replaced(redacted: &Redacted) -> String {
    let kinds = redacted.replaced.iter().map(|(what, count)| format!("{what} ({count})"));
    let kinds: Vec<String> = kinds.collect();
    if kinds.is_empty() { "nothing".to_owned() } else { kinds.join(", ") }
}
