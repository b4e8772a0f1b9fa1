//! `crypto`: whose cryptography this program uses, what of it is approved, and what is switched off.

use super::secrets_key::SecretsKey;
use super::snmp_crypto::Fips;
use super::{Format, print};
use crate::failure::{Context, Failure};
use crate::modules::{self, Algorithm, Part};
use crate::present::{printable, table};
use crate::settings::Settings;
use clap::Args;
use std::path::PathBuf;

/// Options of `crypto`.
#[derive(Args)]
#[command(after_help = help!("  remote-services-agent crypto
  remote-services-agent crypto --data /var/lib/remote-services --fips strict
  remote-services-agent crypto --data DIR --format json", settings))]
pub struct CryptoOptions {
    /// Folder with the agent's data, whose settings switch algorithms off; without it the defaults hold
    #[arg(long, value_name = "FOLDER", env = "RS_AGENT_DATA")]
    pub data: Option<PathBuf>,
    /// What sealed settings are opened with
    #[command(flatten)]
    pub secrets: SecretsKey,
    /// The policy for SNMPv3, as for run
    #[arg(long, value_name = "POLICY", env = "RS_SNMP_FIPS", default_value = "off")]
    pub fips: Fips,
    /// How to show the result
    #[arg(long, value_enum, default_value = "table")]
    pub format: Format,
}

pub(super) fn carry_out(options: &CryptoOptions) -> Result<(), Failure> {
    let settings = match &options.data {
        Some(data) => Settings::read(&options.secrets.look(data))?,
        None => Settings::default(),
    };
    let parts = modules::report(&settings, &options.fips.provider()?)?;
    match options.format {
        Format::Table => print(&shown(&parts)),
        Format::Json => print(&serde_json::to_string_pretty(&parts).context("cannot write JSON")?),
        Format::Xml => Err(Failure::usage("crypto has no XML: take table or json")),
    }
}

fn shown(parts: &[Part]) -> String {
    let mut text = String::new();
    for part in parts {
        text += &format!("{}: {}; demanded: {}\n", part.part, printable(&part.named()), part.demand);
        let mut rows = table(&["Algorithm", "For", "Approved", "Used"]);
        for Algorithm { name, purpose, approved, on } in &part.algorithms {
            let approved = if *approved { "yes" } else { "no" };
            let on = if *on { "yes" } else { "switched off" };
            rows.add_row([printable(name), (*purpose).to_owned(), approved.to_owned(), on.to_owned()]);
        }
        text += &format!("{rows}\n\n");
    }
    text + OUTSIDE
}

/// What no module does, said for the auditor.
const OUTSIDE: &str = "\
Approved: an approved service of that module in FIPS mode; whether that version was validated, the validation list says.
The key derivation of payloads is HKDF where [payload] fips = true; else X9.63, composed outside any module, over its SHA-256.
Digests that name uploads and chain the audit log are SHA-256 by RustCrypto, whatever the module.
Where ring seals payloads, their digests, key wrap and encryption to RSA keys are RustCrypto's.";
