//! `register`: from a one-time registration key to a certificate.

use super::secrets_key::SecretsKey;
use crate::consents;
use crate::contact::configured;
use crate::failure::{Context, Failure};
use crate::home::Home;
use crate::identity;
use crate::interrupt;
use crate::owner;
use crate::present::counted;
use crate::registration::{self, EmailAddress, Location, Registration};
use crate::settings::Settings;
use crate::site::server_failure;
use crate::software::Software;
use crate::survey::now;
use crate::trail::{Logs, Trail};
use crate::unnoted;
use clap::Args;
use remote_services_core::backoff::Backoff;
use remote_services_core::hex;
use remote_services_core::time::Timestamp;
use remote_services_transport::audit::CheckpointKey;
use remote_services_transport::client::blocking::{Enrolled, StopFlag, enrol};
use remote_services_transport::client::{ClientConfig, ClientError};
use remote_services_transport::enrol::{ClientKey, Identity, validity};
use remote_services_transport::registration_key::{RegistrationKey, SpkiPin};
use remote_services_transport::spool::{Spool, SpoolLimits};
use sha2::{Digest as _, Sha256};
use std::io::Read;
use std::path::PathBuf;
use std::time::Duration;
use zeroize::Zeroizing;

/// Options of `register`.
#[derive(Args)]
#[command(after_help = help!("  remote-services-agent register --data /var/lib/remote-services --key-file registration-key
  ssh server.example remote-services-server registration-key create --data DIR |
      remote-services-agent register --data DIR --key-file - --location \"Second floor\" --contact help@example.com

Where the server's operator must approve first, this waits and asks again. It may be ended meanwhile: the same command
goes on with the same key."))]
pub struct RegisterOptions {
    /// Folder with the agent's data; made if it is not there
    #[arg(long, value_name = "FOLDER", env = "RS_AGENT_DATA")]
    pub data: PathBuf,
    /// File with the registration key, as the server's operator gave it (- reads standard input)
    #[arg(long, value_name = "FILE", required_unless_present = "key")]
    pub key_file: Option<PathBuf>,
    /// The registration key itself (better in a file or the environment: others can see options)
    #[arg(long, value_name = "KEY", env = KEY_IN_ENVIRONMENT, hide_env_values = true)]
    pub key: Option<String>,
    /// Where this agent stands, for the server's operator; location in agent.toml wins
    #[arg(long, value_name = "TEXT")]
    pub location: Option<Location>,
    /// E-mail address of the person to ask about this agent, for the server's operator; contact in agent.toml wins
    #[arg(long, value_name = "ADDRESS")]
    pub contact: Option<EmailAddress>,
    /// What sealed secrets are opened with, and the identity is sealed under
    #[command(flatten)]
    pub secrets: SecretsKey,
    /// Register again although there is an identity; the old one is replaced
    #[arg(long)]
    pub replace: bool,
    /// With --replace: set payloads aside and give command results up that only the old identity may send
    #[arg(long, requires = "replace")]
    pub discard_waiting: bool,
    /// Do not wait where a person must approve first: end with exit code 1, and go on when the same command is given again
    #[arg(long)]
    pub no_wait: bool,
}

pub(super) fn carry_out(options: &RegisterOptions) -> Result<(), Failure> {
    // What is given on the command line counts before the environment, and an empty key is none.
    let given = options.key.as_ref().filter(|key| !key.is_empty());
    let of_environment = std::env::var(KEY_IN_ENVIRONMENT).map(Zeroizing::new).ok();
    let is_given = given.is_some_and(|key| of_environment.as_ref().is_none_or(|other| **other != *key));
    if is_given && options.key_file.is_some() {
        return Err(Failure::usage("give the registration key by --key-file or by --key, not by both"));
    }
    let text = Zeroizing::new(match (given.filter(|_| options.key_file.is_none()), &options.key_file) {
        (Some(key), _) => key.clone(),
        (None, Some(file)) if file.as_os_str() == "-" => {
            read_key(std::io::stdin()).context("standard input")?
        }
        (None, Some(file)) => std::fs::File::open(file)
            .and_then(read_key)
            .map_err(|error| Failure::usage(format_args!("{}: {error}", file.display())))?,
        (None, None) => return Err(Failure::usage("give the registration key by --key-file")),
    });
    let key = RegistrationKey::from_text(&text).map_err(Failure::usage)?;
    let home = options.secrets.open(&options.data)?;
    let settings = Settings::read(&home)?;
    if identity::exists(&home) && !options.replace {
        return Err(Failure::usage(format_args!(
            "{} holds an identity already; --replace registers anew",
            home.root().display()
        )));
    }
    let mut spool = waiting_for_the_old_one(&home, options.discard_waiting)?;
    let stop = if options.no_wait { None } else { Some(interrupt::stop_flag()?) };
    let said = Registration { location: options.location.clone(), contact: options.contact.clone() };
    let client = register_patiently(&home, &settings, &key, &said, stop.as_ref())?;
    take_over(&home, &settings, &mut spool).map_err(|failure| failure.and(REGISTERED))?;
    if said.is_overruled(&settings) {
        tell!("what agent.toml says of location and contact is told in place of what was given here");
    }
    say!("registered with {} as client {client}", key.server);
    Ok(())
}

/// What waits is the new identity's. Not before it counts: as long as the old one is there, it may send that.
fn take_over(home: &Home, settings: &Settings, spool: &mut Spool) -> Result<(), Failure> {
    let (_, identity) = identity::load(home, settings)?;
    let trail = Trail::default();
    trail.begin(Logs::open(home, &identity, &settings.limits)?);
    owner::take_over(home, spool, &identity, &trail)
}

/// Where the registration key is looked for that no option gives.
const KEY_IN_ENVIRONMENT: &str = "RS_REGISTRATION_KEY";

/// The spool. What waits there is sealed and named for one identity, whatever is left of it: the server would refuse it from
/// another. Nor does another know of its commands.
fn waiting_for_the_old_one(home: &Home, discard: bool) -> Result<Spool, Failure> {
    let (spool, _) = Spool::open(&home.spool(), SpoolLimits::default()).context("spool")?;
    let counts = [(spool.pending().len(), "payload"), (owner::untold(home)?, "command result")];
    let waiting: Vec<_> = counts
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, what)| counted(count, what))
        .collect();
    if waiting.is_empty() || discard {
        return Ok(spool);
    }
    let waiting = waiting.join(" and ");
    Err(Failure::usage(match identity::exists(home) {
        true => format!(
            "only the present identity may send what waits, {waiting}: send it first (run --once --no-collect), or set it \
             aside by --discard-waiting"
        ),
        false => format!(
            "only {} may send what waits, {waiting}, and its identity is not whole any more: put {} back from a copy, or \
             set it aside by --replace --discard-waiting",
            owner::of(home)?,
            home.identity("").display(),
        ),
    }))
}

/// Registers and keeps the identity; gives the client's name.
///
/// # Errors
/// One sentence about why the server or this machine did not, or that a person must approve first.
pub fn register(home: &Home, settings: &Settings, key: &RegistrationKey) -> Result<uuid::Uuid, Failure> {
    register_patiently(home, settings, key, &Registration::default(), None)
}

/// The same, and waits until a person has decided, or the flag is set.
fn register_patiently(
    home: &Home,
    settings: &Settings,
    key: &RegistrationKey,
    said: &Registration,
    stop: Option<&StopFlag>,
) -> Result<uuid::Uuid, Failure> {
    let trail = Trail::default();
    let config = configured(home, settings, key.server.clone(), &settings.names.resolver()?, &trail)?;
    // What stays must be of use to the identity that is to come, before there is one.
    owner::of(home)?;
    consents::pseudonym_key(home)?;
    let private = identity::registration_key(home, settings)?;
    let issued = issued(home, &config, key, &private, stop)?;
    let kept = keep(home, settings, key, said, (&issued, &config), &trail);
    kept.map(|()| issued.client).map_err(|failure| match identity::remains(home) {
        Some(client) if client == issued.client => failure.and(REGISTERED),
        _ => failure.and(ISSUED),
    })
}

/// Keeps what was issued.
fn keep(
    home: &Home,
    settings: &Settings,
    key: &RegistrationKey,
    said: &Registration,
    (issued, config): (&Identity, &ClientConfig),
    trail: &Trail,
) -> Result<(), Failure> {
    // The log is there before the identity is: from then on, a log that is not there was removed.
    if !identity::exists(home) {
        Logs::open(home, issued, &settings.limits)?;
    }
    owner::put_down(home)?;
    let old = identity::exists(home).then(|| identity::load(home, settings).map(|(_, old)| old));
    // Numbers that an earlier version kept are those of the old server.
    if let Some(Ok(old)) = &old {
        let log = Trail::default();
        log.begin(Logs::open(home, old, &settings.limits)?);
        Software::adopt(home, &old.anchors, &log)?;
    }
    let (before, foreign) = match old {
        Some(old) => vouched_for(home, settings, config, issued, old),
        None => (None, None),
    };
    let mut text = "certificate issued".to_owned();
    if let Some(foreign) = foreign {
        tell!("{foreign}");
        text = format!("{text}; {foreign}");
    }
    unnoted::keep(home, issued, "enrolled", &text)?;
    said.keep(home, issued.client)?;
    identity::save(home, &key.server, issued, before.as_ref())?;
    registration::forget_others(home, issued.client)?;
    trail.begin(Logs::open(home, issued, &settings.limits)?);
    unnoted::note(home, issued, trail)?;
    trail.checkpoint(now()).context("audit log")?;
    if let Some(why) = issued.chain.first().and_then(|own| early(own, now())) {
        tell!("{why}");
    }
    Ok(())
}

/// The identity that the new one vouches for, and what is to be noted of it: whoever may write the files could leave another's there, and
/// a log in its word.
fn vouched_for(
    home: &Home,
    settings: &Settings,
    config: &ClientConfig,
    issued: &Identity,
    old: Result<Identity, Failure>,
) -> (Option<Identity>, Option<String>) {
    let known = old.and_then(|before| {
        identity::fits(home, &before, settings)?;
        let own = CheckpointKey::from_spki(&before.key.public_spki()).context("its key")?;
        identity::keys_after(home, own)?;
        let is_of_the_same = before.anchors.certificates() == issued.anchors.certificates();
        match (config.leads_to(&before.chain, &issued.anchors), is_of_the_same) {
            (true, _) => Ok((before, None)),
            (false, true) => Err(Failure::failed("its certificate leads to none of the trust anchors")),
            (false, false) => {
                let own = before.chain.first().map_or(&[][..], Vec::as_slice);
                let note = format!(
                    "what the logs have in the word of the certificate before is believed as it is, though another authority issued \
                     that (SHA-256 {})",
                    hex::encode(&Sha256::digest(own))
                );
                Ok((before, Some(note)))
            }
        }
    });
    match known {
        Ok((before, note)) => (Some(before), note),
        Err(why) => {
            tell!(
                "the identity before is not vouched for ({why}): what stands in the audit log and in that of exchanges is not believed \
                 from here on. Put these files aside as evidence"
            );
            (None, None)
        }
    }
}

/// From when on a first certificate is of use, if that is not now: it takes no other's place, so it is kept whenever that is.
fn early(certificate: &[u8], now: Timestamp) -> Option<String> {
    let (begins, _) = validity(certificate).filter(|(begins, _)| *begins > now)?;
    Some(format!(
        "the certificate is not valid before {begins}, and this host's clock shows {now}: until then the server may refuse this client"
    ))
}

/// Asks for the certificate, and again while a person has not decided. The private key is on the disk before: whoever is
/// ended while it waits goes on with the same. The registration key is good for one certificate: none is asked for that could not
/// be kept.
fn issued(
    home: &Home,
    config: &ClientConfig,
    key: &RegistrationKey,
    private: &ClientKey,
    stop: Option<&StopFlag>,
) -> Result<Box<Identity>, Failure> {
    let (mut pace, mut waits, mut told) = (PACE, false, String::new());
    loop {
        let (why, wait) = match identity::can_register(home) {
            // Who waits may find room by the next time.
            Err(failure) if waits => (failure.sentence, pace.next_wait(0, None)),
            Err(failure) => return Err(failure.and(UNUSED)),
            Ok(()) => match enrol(config, key, private) {
                Ok(Enrolled::Issued(identity)) => return Ok(identity),
                Ok(Enrolled::AskAgain(wait)) => {
                    (waits, pace) = (true, PACE);
                    let shown = SpkiPin::of_public_key(&private.public_spki());
                    let why =
                        "the server's operator must approve this client first; SHA-256 of its public key";
                    (format!("{why}: {}", hex::encode(shown.as_bytes())), wait)
                }
                // Who was let wait is turned away by the server's own word only: a portal or a redirect is none.
                Err(error) if waits => match error.wait_to_enrol(&mut pace, 0) {
                    Some(wait) => (error.to_string(), wait),
                    None => return Err(server_failure(error)),
                },
                Err(ClientError::Enrol(error)) if error.is_of_the_issued() => {
                    return Err(server_failure(error.into()).and(USED_UP));
                }
                Err(error) => return Err(server_failure(error)),
            },
        };
        let Some(stop) = stop else {
            let seconds = wait.as_secs();
            return Err(Failure::failed(why).and(&format!("run the same command again in {seconds} seconds")));
        };
        if why != told {
            tell!("{why}; waiting, asked again in {} seconds each time", wait.as_secs());
            told = why;
        }
        if stop.wait(wait) {
            return Err(Failure::interrupted().and("the same command goes on waiting"));
        }
    }
}

const UNUSED: &str = "nothing was sent: mend that, and give the same command with the same registration key";
/// As long as a server repeats an answer that was lost.
const ISSUED: &str = "the server has issued a certificate, which is not kept: mend that, and give the same command with the same registration \
                      key within ten minutes, in which the server gives it to this agent again";
const REGISTERED: &str = "this agent is registered all the same: mend that, and run makes up for the rest";

const USED_UP: &str = "nothing was registered, though the server may count the registration key as used: tell its operator; the same command \
                       asks for a certificate for the same key of this agent again";

/// How often a server that is out of reach is asked, while a person has not decided.
const PACE: Backoff = Backoff::new(Duration::from_secs(5), Duration::from_secs(300));

/// The octets of a key file that are looked at: a key has about a hundred.
const LONGEST_KEY_FILE: u64 = 64 << 10;

fn read_key(source: impl Read) -> std::io::Result<String> {
    let mut octets = Zeroizing::new(Vec::new());
    source.take(LONGEST_KEY_FILE).read_to_end(&mut octets)?;
    let text = std::str::from_utf8(&octets).map(str::to_owned);
    text.map_err(|_| {
        let is_utf_16 = octets.starts_with(&[0xFF, 0xFE]) || octets.starts_with(&[0xFE, 0xFF]);
        let why = if is_utf_16 { UTF_16 } else { "it is no text in UTF-8" };
        std::io::Error::new(std::io::ErrorKind::InvalidData, why)
    })
}

const UTF_16: &str =
    "it is a text in UTF-16, as PowerShell's > writes it: save it as UTF-8 (Out-File -Encoding utf8)";

#[cfg(test)]
mod tests {
    use super::*;
    use remote_services_transport::registration_key::OneTimeKey;

    #[test]
    fn a_first_certificate_that_is_not_valid_yet_is_told_with_both_times() {
        let mut params = rcgen::CertificateParams::default();
        params.not_before = rcgen::date_time_ymd(2026, 11, 30);
        let key = rcgen::KeyPair::generate().unwrap();
        let certificate = params.self_signed(&key).unwrap().der().to_vec();
        let at = |text: &str| early(&certificate, text.parse().unwrap());
        let told = at("2026-11-29T23:10:00Z").unwrap();
        assert!(told.contains("2026-11-30T00:00:00") && told.contains("2026-11-29T23:10:00"), "{told}");
        assert_eq!(at("2026-11-30T00:00:00Z"), None);
    }

    #[test]
    fn a_key_file_without_end_is_not_read_to_the_end() {
        let text = read_key(std::io::repeat(b'x')).unwrap();
        assert_eq!(text.len() as u64, LONGEST_KEY_FILE);
    }

    #[test]
    fn a_key_file_may_begin_with_a_byte_order_mark_and_one_in_utf_16_is_told_as_such() {
        let pin = SpkiPin::from_bytes([5; 32]);
        let key = OneTimeKey::from_random([7; 16]);
        let key = RegistrationKey { server: "https://server.example:8443".parse().unwrap(), pin, key };
        let text = key.to_text();
        let marked = read_key([b"\xEF\xBB\xBF", text.as_bytes(), b"\r\n"].concat().as_slice()).unwrap();
        assert_eq!(*RegistrationKey::from_text(&marked).unwrap().to_text(), *text);
        let wide: Vec<u8> =
            std::iter::once(0xFEFF).chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect();
        let big: Vec<u8> =
            std::iter::once(0xFEFF).chain(text.encode_utf16()).flat_map(u16::to_be_bytes).collect();
        for octets in [wide, big] {
            assert!(read_key(octets.as_slice()).unwrap_err().to_string().contains("UTF-16"));
        }
        assert!(!read_key(&b"\xC3"[..]).unwrap_err().to_string().contains("UTF-16"));
    }
}
