//! `supervise`: keeps an agent running, whichever of its versions.

use super::secrets_key::SecretsKey;
use crate::failure::Failure;
use clap::Args;
use std::path::PathBuf;

/// Options of `supervise`.
#[derive(Args)]
#[command(after_help = help!("  remote-services-agent supervise --data DIR --folder /opt/remote-services -- 192.0.2.0/24
  remote-services-agent supervise --data DIR -- --networks networks.toml

It runs FOLDER/current/remote-services-agent, starts it again when it ends, with growing waits, long ones after exit code 4,
which is no failure of the version and for somebody to see to, such as a wrong PIN of a token, and goes back to the version
before when a new one ends three times in its probation, or has not ended its first reading and heard its
server within the patience: give more where a reading takes longer. SIGTERM and Ctrl-C end both."))]
pub struct SuperviseOptions {
    /// Folder with the agent's data
    #[arg(long, value_name = "FOLDER", env = "RS_AGENT_DATA")]
    pub data: PathBuf,
    /// Folder with the versions; when not given, that of `[software]` in the settings
    #[arg(long, value_name = "FOLDER")]
    pub folder: Option<PathBuf>,
    /// What sealed settings are opened with; `run` is told by its own arguments
    #[command(flatten)]
    pub secrets: SecretsKey,
    /// Seconds that a new version is on trial, from when it says that it is well
    #[arg(long, value_name = "SECONDS", default_value_t = 600)]
    pub probation: u64,
    /// Seconds within which a new version has to say so; one that hangs in its first reading never does
    #[arg(long, value_name = "SECONDS", default_value_t = 900)]
    pub patience: u64,
    /// Further arguments of run
    #[arg(last = true, value_name = "ARGUMENTS")]
    pub arguments: Vec<String>,
}

#[cfg(unix)]
pub(super) fn carry_out(options: &SuperviseOptions) -> Result<(), Failure> {
    use crate::interrupt::Stop;
    use crate::settings::Settings;
    use crate::supervise::{Supervisor, Terms};
    use std::time::Duration;

    let stop = Stop::listen()?;
    let folder = match &options.folder {
        Some(folder) => folder.clone(),
        None => Settings::read(&options.secrets.look(&options.data))?.software.folder.ok_or_else(|| {
            Failure::usage(
                "no versions: name their folder, or write [software] folder = \"…\" into agent.toml",
            )
        })?,
    };
    let (probation, patience) = (options.probation, options.patience);
    let terms = Terms { probation: Duration::from_secs(probation), patience: Duration::from_secs(patience) };
    Supervisor::new(&folder, &options.data, &options.arguments, terms, stop.flag.clone())?.work()?;
    if stop.was_ended() { Ok(()) } else { Err(Failure::interrupted()) }
}

#[cfg(not(unix))]
pub(super) fn carry_out(_options: &SuperviseOptions) -> Result<(), Failure> {
    Err(Failure::usage("versions are switched by symbolic links of Unix: here the system's services do it"))
}
