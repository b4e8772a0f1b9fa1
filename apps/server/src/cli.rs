//! The command line: what can be asked for, what is printed, how it ends.

mod serve;

use clap::{Parser, Subcommand, ValueEnum};
use remote_services_server::{
    DEFAULT_TENANT, KeyWish, approvals, create_registration_key, decide, login_link, operator_token,
    set_policy,
};
use serde_json::json;
use std::error::Error;
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tracing_subscriber::EnvFilter;
use uuid::Uuid;

use serve::{Serve, serve};

#[derive(Parser)]
#[command(
    name = "remote-services-server",
    version,
    about = "The communication server: clients register with it, upload to it and poll it for commands",
    after_help = help(
        "  remote-services-server serve --data /var/lib/remote-services
  remote-services-server serve --data DIR --listen 0.0.0.0:8443 --name server.example
  remote-services-server registration-key create --data DIR --tenant acme --hours 4
  remote-services-server login-link --data DIR"
    )
)]
struct Cli {
    #[command(subcommand)]
    task: Task,
    /// How results are printed on standard output.
    #[arg(long, value_enum, default_value_t = Format::Text, global = true)]
    format: Format,
}

/// The end of a command's help: its examples, and the exit codes, which are those of all.
fn help(examples: &str) -> String {
    format!("Examples:\n{examples}\n\n{EXIT_CODES}")
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Text,
    Json,
}

#[derive(Subcommand)]
enum Task {
    /// Run the server until Ctrl-C or SIGTERM.
    #[command(after_help = help("  remote-services-server serve --data /var/lib/remote-services
  remote-services-server serve --data DIR --listen 0.0.0.0:8443 --name server.example --next-poll 60 --max-per-address 4096
  remote-services-server serve --data DIR --key-passphrase /media/key/passphrase
  remote-services-server serve --data DIR --max-unopened 1000 --max-unopened-size 512 --keep-quarantined 72 --keep-free 2048
  remote-services-server serve --data DIR --operator-listen 192.0.2.8:8080 --operator-tls --format json"))]
    Serve(Serve),
    /// Registration keys.
    #[command(after_help = help(
        "  remote-services-server registration-key create --data DIR --tenant acme --hours 4"))]
    RegistrationKey {
        #[command(subcommand)]
        task: KeyTask,
    },
    /// A client's policy: the settings that the operator wishes for, of which a client applies what its site lets it.
    #[command(after_help = help("  remote-services-server policy show --data DIR 0198a1b2-0000-7000-8000-000000000001"))]
    Policy {
        #[command(subcommand)]
        task: PolicyTask,
    },
    /// Clients that wait for a person's approval.
    #[command(after_help = help("  remote-services-server approval list --data DIR"))]
    Approval {
        #[command(subcommand)]
        task: ApprovalTask,
    },
    /// Print the bearer token of the operator's API, which the data folder has encrypted.
    #[command(after_help = help("  remote-services-server operator-token --data DIR
  remote-services-server operator-token --data DIR --key-passphrase FILE --format json"))]
    OperatorToken {
        /// Data folder of the server, which may be running.
        #[arg(long, value_name = "DIR", env = "REMOTE_SERVICES_SERVER_DATA")]
        data: PathBuf,
        /// The passphrase of the server's own keys, as for serve.
        #[arg(long, value_name = "FILE", env = "REMOTE_SERVICES_SERVER_KEY_PASSPHRASE")]
        key_passphrase: Option<PathBuf>,
    },
    /// Print a link to the operator's pages; it works once, within ten minutes.
    #[command(after_help = help("  remote-services-server login-link --data DIR
  remote-services-server login-link --data DIR --format json"))]
    LoginLink {
        /// Data folder of the server.
        #[arg(long, value_name = "DIR", env = "REMOTE_SERVICES_SERVER_DATA")]
        data: PathBuf,
    },
}

#[derive(Subcommand)]
enum KeyTask {
    /// Make a key that registers one client, once.
    #[command(after_help = help(
        "  remote-services-server registration-key create --data DIR --tenant acme --hours 4
  remote-services-server registration-key create --data DIR --url https://server.example:8443 \\
      > registration-key

The key is printed here and nowhere else; the server keeps only its hash."))]
    Create {
        /// Data folder of the server, which may be running.
        #[arg(long, value_name = "DIR", env = "REMOTE_SERVICES_SERVER_DATA")]
        data: PathBuf,
        /// Account that the client will belong to.
        #[arg(long, default_value = DEFAULT_TENANT)]
        tenant: String,
        /// Hours until the key ends, if nobody used it.
        #[arg(long, default_value_t = 24, value_parser = clap::value_parser!(u64).range(1..=8_784))]
        hours: u64,
        /// Where clients reach the server, if not where it believes itself.
        #[arg(long, value_name = "https://HOST:PORT")]
        url: Option<String>,
        /// Give the client its certificate only after a person approved it: see `approval`.
        #[arg(long)]
        needs_approval: bool,
    },
}

#[derive(Subcommand)]
enum ApprovalTask {
    /// Show who asked with a key that needs approval, and has no certificate yet.
    #[command(after_help = help("  remote-services-server approval list --data DIR
  remote-services-server approval list --data DIR --format json

The client shows the SHA-256 of its key too: compare them before you approve."))]
    List {
        /// Data folder of the server, which may be running.
        #[arg(long, value_name = "DIR", env = "REMOTE_SERVICES_SERVER_DATA")]
        data: PathBuf,
    },
    /// Let a client have its certificate, when it asks again.
    #[command(after_help = help(
        "  remote-services-server approval give 01939a2e-5d4c-7c3b-9d2a-0f1e2d3c4b5a --data DIR"))]
    Give {
        /// Who: as `approval list` shows it.
        id: Uuid,
        /// Data folder of the server, which may be running.
        #[arg(long, value_name = "DIR", env = "REMOTE_SERVICES_SERVER_DATA")]
        data: PathBuf,
    },
    /// Refuse a client for good; it is told the reason when it asks again.
    #[command(after_help = help(
        "  remote-services-server approval refuse 01939a2e-5d4c-7c3b-9d2a-0f1e2d3c4b5a --data DIR --reason moved"))]
    Refuse {
        /// Who: as `approval list` shows it.
        id: Uuid,
        /// Why, in words for whoever works on the client.
        #[arg(long, value_name = "TEXT")]
        reason: String,
        /// Data folder of the server, which may be running.
        #[arg(long, value_name = "DIR", env = "REMOTE_SERVICES_SERVER_DATA")]
        data: PathBuf,
    },
}

#[derive(Subcommand)]
enum PolicyTask {
    /// Print the policy that was set, as JSON; {} where none was.
    #[command(after_help = help(
        "  remote-services-server policy show --data DIR 0198a1b2-0000-7000-8000-000000000001"))]
    Show {
        /// Data folder of the server, which may be running.
        #[arg(long, value_name = "DIR", env = "REMOTE_SERVICES_SERVER_DATA")]
        data: PathBuf,
        /// The client's id, as the page of clients shows it.
        client: Uuid,
    },
    /// Set the policy, in the place of the one before.
    #[command(after_help = help(
        r#"  remote-services-server policy set --data DIR 0198a1b2-0000-7000-8000-000000000001 '{"collectEvery":14400}'
  remote-services-server policy set --data DIR 0198a1b2-0000-7000-8000-000000000001 {}

In a shell the document stands between single quotes. It may have dailyWindow, collectEvery, discoverEvery,
collectionProfile, snmpTimeoutMs, snmpRetries, maintenanceWindow, softwareEvery; {} wishes nothing. A member of another
name, or with a value that no client could apply, is refused."#))]
    Set {
        /// Data folder of the server, which may be running.
        #[arg(long, value_name = "DIR", env = "REMOTE_SERVICES_SERVER_DATA")]
        data: PathBuf,
        /// The client's id, as the page of clients shows it.
        client: Uuid,
        /// The policy: a JSON object.
        policy: String,
    },
}

/// Does what the command line asks for.
pub(crate) fn run() -> ExitCode {
    let cli = Cli::parse();
    tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        .with_ansi(std::io::IsTerminal::is_terminal(&std::io::stderr()))
        .with_env_filter(EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info")))
        .init();
    let format = cli.format;
    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => return failed(format, &error),
    };
    let result = runtime.block_on(async {
        match cli.task {
            Task::Serve(options) => serve(options, format).await,
            Task::RegistrationKey { task } => key(task, format).await,
            Task::Policy { task } => policy(task, format).await,
            Task::Approval { task } => approval(task, format).await,
            Task::OperatorToken { data, key_passphrase } => {
                let token = operator_token(&data, key_passphrase.as_deref())?;
                print(format, &json!({ "token": *token }), &token)
            }
            Task::LoginLink { data } => {
                let url = login_link(&data).await?;
                print(format, &json!({ "url": url }), &url)
            }
        }
    });
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => failed(format, error.as_ref()),
    }
}

async fn key(task: KeyTask, format: Format) -> Result<(), Box<dyn Error>> {
    let KeyTask::Create { data, tenant, hours, url, needs_approval } = task;
    let wish = KeyWish::new(&*tenant, Duration::from_secs(hours * 60 * 60));
    let wish = if needs_approval { wish.with_approval() } else { wish };
    let made = create_registration_key(&data, url.as_deref(), &wish).await?;
    let document = json!({
        "registrationKey": made.text(), "tenant": tenant, "expiresAt": made.expires_at().to_string(),
        "needsApproval": needs_approval,
    });
    print(format, &document, made.text())
}

async fn policy(task: PolicyTask, format: Format) -> Result<(), Box<dyn Error>> {
    let (data, client) = match task {
        PolicyTask::Show { data, client } => (data, client),
        PolicyTask::Set { data, client, policy } => {
            set_policy(&data, client, &policy).await?;
            (data, client)
        }
    };
    let policy = remote_services_server::policy(&data, client).await?.unwrap_or_else(|| "{}".to_owned());
    print(format, &serde_json::from_str(&policy)?, &policy)
}

async fn approval(task: ApprovalTask, format: Format) -> Result<(), Box<dyn Error>> {
    match task {
        ApprovalTask::List { data } => {
            let asked = approvals(&data).await?;
            let document: Vec<_> = asked
                .iter()
                .map(|it| {
                    json!({
                        "id": it.id, "tenant": it.tenant, "key": it.key, "address": it.address,
                        "askedAt": it.asked_at, "state": it.state, "reason": it.reason,
                    })
                })
                .collect();
            let lines: Vec<_> = asked
                .iter()
                .map(|it| {
                    let state = match &it.reason {
                        Some(why) => format!("{}: {why}", it.state),
                        None => it.state.to_owned(),
                    };
                    let (id, tenant, from, at, key) =
                        (&it.id, &it.tenant, &it.address, &it.asked_at, &it.key);
                    format!("{id}  {state}\n    {tenant}, from {from}, since {at}, key {key}")
                })
                .collect();
            let nobody = "nobody waits for approval".to_owned();
            let text = if lines.is_empty() { nobody } else { lines.join("\n") };
            print(format, &json!(document), &text)
        }
        ApprovalTask::Give { id, data } => {
            decide(&data, id, None).await?;
            print(format, &json!({ "id": id, "state": "approved" }), &format!("{id} approved"))
        }
        ApprovalTask::Refuse { id, reason, data } => {
            decide(&data, id, Some(&reason)).await?;
            let document = json!({ "id": id, "state": "refused", "reason": reason });
            print(format, &document, &format!("{id} refused: {reason}"))
        }
    }
}

fn print(format: Format, document: &serde_json::Value, text: &str) -> Result<(), Box<dyn Error>> {
    WRITTEN.store(true, Ordering::Relaxed);
    let mut out = std::io::stdout().lock();
    match format {
        Format::Text => writeln!(out, "{text}")?,
        Format::Json => writeln!(out, "{document}")?,
    }
    Ok(out.flush()?)
}

/// One sentence on standard error; for programs a document in the place of the result, unless that is there already.
fn failed(format: Format, error: &dyn Error) -> ExitCode {
    eprintln!("remote-services-server: {error}");
    if format == Format::Json && !WRITTEN.load(Ordering::Relaxed) {
        let document = json!({ "error": { "code": "failed", "exitCode": 1, "text": error.to_string() } });
        // The exit code still says it.
        let _ = print(format, &document, "");
    }
    ExitCode::FAILURE
}

/// Whether something was written to standard output.
static WRITTEN: AtomicBool = AtomicBool::new(false);

const EXIT_CODES: &str = "\
Exit codes:
  0 done   1 it did not work: one sentence on standard error, and with --format json a document in place of the result
  2 wrong command line";

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "all of it is test code")]

    use super::*;
    use clap::{Command, CommandFactory};

    /// The commands below one, without the `help` that clap adds.
    fn all_of(command: &Command) -> Vec<&Command> {
        let below = command.get_subcommands().filter(|command| command.get_name() != "help");
        std::iter::once(command).chain(below.flat_map(all_of)).collect()
    }

    #[test]
    fn each_command_has_examples_that_can_be_read_and_exit_codes() {
        let mut line = Cli::command();
        line.build();
        let commands = all_of(&line);
        assert_eq!(commands.len(), 13);
        for command in commands {
            let name = command.get_bin_name().unwrap_or_else(|| command.get_name()).to_owned();
            for help in [command.clone().render_help(), command.clone().render_long_help()] {
                let help = help.to_string();
                let (_, examples) =
                    help.split_once("\nExamples:\n").unwrap_or_else(|| panic!("{name}: {help}"));
                assert!(help.contains("\nExit codes:\n  0 done "), "{name}: {help}");
                let examples = examples.split("\n\n").next().unwrap().replace(" \\\n", " ");
                let examples = examples.lines().map(str::trim);
                let own: Vec<&str> = examples.filter(|line| line.starts_with(&name)).collect();
                assert!(!own.is_empty(), "{name}: {help}");
                for example in own {
                    let words = example
                        .split(" > ")
                        .next()
                        .unwrap()
                        .split_whitespace()
                        .map(|word| word.trim_matches('\''));
                    assert!(Cli::try_parse_from(words).is_ok(), "{example}");
                }
            }
        }
    }
}
