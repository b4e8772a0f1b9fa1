//! `quarantine`: payloads that were set aside, why, and what people of the site want done with them.

use super::{Format, print};
use crate::aside::{AsideWish, Fate};
use crate::failure::{Context, Failure};
use crate::home::Home;
use crate::present::printable;
use crate::survey::now;
use clap::{Args, Subcommand};
use remote_services_core::id::Uuid;
use remote_services_core::time::Timestamp;
use remote_services_transport::spool::{Entry, Spool};
use std::path::PathBuf;

/// Options of `quarantine`.
#[derive(Args)]
#[command(after_help = help!("  remote-services-agent quarantine list --data DIR
  remote-services-agent quarantine show --data DIR --format json 01890a5d-ac96-774b-bcce-b302099a8057
  remote-services-agent quarantine retry --data DIR --by \"A. Smith\" --all
  remote-services-agent quarantine drop --data DIR --by \"A. Smith\" 01890a5d-ac96-774b-bcce-b302099a8057

A payload is sealed for the server: why it was set aside can be shown here, what is in it cannot. What retry and drop ask
for is done by the agent at its next turn, within seconds where it runs, and stands in the audit log. What another identity
of this agent made is never sent by this one: retry does not take it."))]
pub struct QuarantineOptions {
    /// What to do
    #[command(subcommand)]
    pub what: What,
}

/// What to do with what was set aside.
#[derive(Subcommand)]
pub enum What {
    /// Show the payloads that were set aside, the oldest first
    #[command(after_help = help!("  remote-services-agent quarantine list --data DIR
  remote-services-agent quarantine list --data DIR --format json"))]
    List {
        /// Folder with the agent's data
        #[arg(long, value_name = "FOLDER", env = "RS_AGENT_DATA")]
        data: PathBuf,
        /// How to show them
        #[arg(long, value_enum, default_value = "table")]
        format: Format,
    },
    /// Show all that is known of one
    #[command(after_help = help!(
        "  remote-services-agent quarantine show --data DIR 01890a5d-ac96-774b-bcce-b302099a8057
  remote-services-agent quarantine show --data DIR --format json 01890a5d-ac96-774b-bcce-b302099a8057"))]
    Show {
        /// Folder with the agent's data
        #[arg(long, value_name = "FOLDER", env = "RS_AGENT_DATA")]
        data: PathBuf,
        /// The payload, as the list shows it
        #[arg(value_name = "PAYLOAD")]
        payload: Uuid,
        /// How to show it
        #[arg(long, value_enum, default_value = "table")]
        format: Format,
    },
    /// Put payloads back, to be sent again
    #[command(after_help = help!("  remote-services-agent quarantine retry --data DIR --by \"A. Smith\" --all
  remote-services-agent quarantine retry --data DIR --by \"A. Smith\" 01890a5d-ac96-774b-bcce-b302099a8057"))]
    Retry(Which),
    /// Give payloads up for good
    #[command(after_help = help!(
        "  remote-services-agent quarantine drop --data DIR --by \"A. Smith\" \\
      01890a5d-ac96-774b-bcce-b302099a8057
  remote-services-agent quarantine drop --data DIR --by \"A. Smith\" --all --format json"))]
    Drop(Which),
}

/// Payloads, and who decides.
#[derive(Args)]
pub struct Which {
    /// Folder with the agent's data
    #[arg(long, value_name = "FOLDER", env = "RS_AGENT_DATA")]
    pub data: PathBuf,
    /// Your name, for the audit log
    #[arg(long, value_name = "NAME")]
    pub by: String,
    /// All that was set aside
    #[arg(long, conflicts_with = "payloads")]
    pub all: bool,
    /// The payloads, as the list shows them
    #[arg(value_name = "PAYLOAD", required_unless_present = "all")]
    pub payloads: Vec<Uuid>,
    /// How to say it
    #[arg(long, value_enum, default_value = "table")]
    pub format: Format,
}

pub(super) fn carry_out(options: &QuarantineOptions) -> Result<(), Failure> {
    match &options.what {
        What::List { data, format } => list(&Home::existing(data)?, *format),
        What::Show { data, payload, format } => show(&Home::existing(data)?, *payload, *format),
        What::Retry(which) => leave(which, Fate::Retry),
        What::Drop(which) => leave(which, Fate::Drop),
    }
}

/// A payload that was set aside.
struct Aside {
    entry: Entry,
    why: String,
    wish: Option<AsideWish>,
    /// Whether another identity made it, so that it cannot be sent again.
    withheld: bool,
}

impl Aside {
    fn all(home: &Home) -> Result<Vec<Self>, Failure> {
        let refused = Spool::look_aside(&home.spool()).context("spool")?;
        let withheld = Spool::look_withheld(&home.spool()).context("spool")?;
        let aside = |((entry, why), withheld): ((Entry, String), bool)| {
            let wish = AsideWish::left(home, entry.id).context("a wish about what was set aside")?;
            Ok(Self { entry, why, wish, withheld })
        };
        let all = refused.into_iter().map(|it| (it, false)).chain(withheld.into_iter().map(|it| (it, true)));
        let mut all = all.map(aside).collect::<Result<Vec<_>, Failure>>()?;
        all.sort_by_key(|aside| aside.entry.id);
        Ok(all)
    }

    fn made_at(&self) -> Option<Timestamp> {
        let (seconds, _) = self.entry.id.get_timestamp()?.to_unix();
        i64::try_from(seconds).ok().map(Timestamp::from_unix_seconds)
    }

    fn json(&self) -> serde_json::Value {
        serde_json::json!({
            "payload": self.entry.id, "class": self.entry.class.label(), "bytes": self.entry.bytes,
            "digest": self.entry.digest.to_hex(), "madeAt": self.made_at(), "why": self.why,
            "withheld": self.withheld, "wish": self.wish,
        })
    }

    fn next(&self) -> String {
        match &self.wish {
            Some(AsideWish { fate: Fate::Retry, by, .. }) => format!("to be sent again, says {by}"),
            Some(AsideWish { fate: Fate::Drop, by, .. }) => format!("to be given up, says {by}"),
            None if self.withheld => "waits for somebody to say drop".to_owned(),
            None => "waits for somebody to say retry or drop".to_owned(),
        }
    }
}

fn list(home: &Home, format: Format) -> Result<(), Failure> {
    let all = Aside::all(home)?;
    match format {
        Format::Json => {
            print(&format!("{:#}", serde_json::Value::Array(all.iter().map(Aside::json).collect())))
        }
        Format::Xml => Err(no_xml()),
        Format::Table if all.is_empty() => print("nothing is set aside"),
        Format::Table => {
            let line = |aside: &Aside| {
                let Entry { id, class, bytes, .. } = aside.entry;
                let wish = if aside.wish.is_some() { format!(" ({})", aside.next()) } else { String::new() };
                printable(&format!("{id}  {:<6}  {bytes:>9}  {}{wish}", class.label(), aside.why))
            };
            print(&all.iter().map(line).collect::<Vec<_>>().join("\n"))
        }
    }
}

fn show(home: &Home, payload: Uuid, format: Format) -> Result<(), Failure> {
    let found = Aside::all(home)?.into_iter().find(|aside| aside.entry.id == payload);
    let aside = found.ok_or_else(|| not_aside(payload))?;
    match format {
        Format::Json => print(&format!("{:#}", aside.json())),
        Format::Xml => Err(no_xml()),
        Format::Table => {
            let Entry { id, class, bytes, digest } = aside.entry;
            let made = aside.made_at().map_or_else(|| "unknown".to_owned(), |at| at.to_string());
            let rows = [
                ("payload", id.to_string()),
                ("class", class.label().to_owned()),
                ("octets", bytes.to_string()),
                ("sha-256", digest.to_hex()),
                ("made", made),
                ("set aside", aside.why.clone()),
                ("next", aside.next()),
            ];
            let line = |(name, value): &(&str, String)| printable(&format!("{name:<10} {value}"));
            print(&rows.iter().map(line).collect::<Vec<_>>().join("\n"))
        }
    }
}

fn leave(which: &Which, fate: Fate) -> Result<(), Failure> {
    if which.by.trim().is_empty() {
        return Err(Failure::usage("--by needs the name of the person who decides"));
    }
    if which.format == Format::Xml {
        return Err(no_xml());
    }
    let home = Home::beside(&which.data)?;
    let all = Aside::all(&home)?;
    let may = |aside: &&Aside| fate == Fate::Drop || !aside.withheld;
    let aside: Vec<Uuid> = all.iter().filter(may).map(|aside| aside.entry.id).collect();
    let payloads = if which.all { &aside } else { &which.payloads };
    // All or none: a name that is mistyped should not leave the rest half done.
    if let Some(payload) = payloads.iter().find(|payload| !aside.contains(payload)) {
        return Err(match all.iter().find(|aside| aside.entry.id == *payload) {
            Some(aside) => Failure::usage(format_args!("payload {payload} cannot be sent: {}", aside.why)),
            None => not_aside(*payload),
        });
    }
    let wish = AsideWish { fate, by: which.by.clone(), at: now() };
    for payload in payloads {
        wish.leave(&home, *payload).context("the wish cannot be kept")?;
    }
    match (which.format, fate) {
        (Format::Json, _) => print(&serde_json::json!({ "fate": fate, "payloads": payloads }).to_string()),
        (_, Fate::Retry) => print(&format!("{} to be sent again at the agent's next turn", payloads.len())),
        (_, Fate::Drop) => print(&format!("{} to be given up at the agent's next turn", payloads.len())),
    }
}

fn not_aside(payload: Uuid) -> Failure {
    Failure::failed(format_args!("no payload {payload} is set aside"))
}

fn no_xml() -> Failure {
    Failure::usage("what was set aside is shown as table or json")
}
