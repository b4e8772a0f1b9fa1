//! `serve`: what it is told, what it announces, when it ends.

use clap::Args;
use remote_services_server::{RunningServer, Server, ServerConfig};
use serde_json::json;
use std::error::Error;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use super::{Format, print};

/// What `serve` is told.
#[derive(Args)]
pub(super) struct Serve {
    /// Folder of all that the server keeps; made if it is not there.
    #[arg(long, value_name = "DIR", env = "REMOTE_SERVICES_SERVER_DATA")]
    data: PathBuf,
    /// File with the passphrase of the server's own keys in its first line; when not given: a credential that systemd
    /// gives, otherwise keys.passphrase in the data folder, which is made.
    #[arg(long, value_name = "FILE", env = "REMOTE_SERVICES_SERVER_KEY_PASSPHRASE")]
    key_passphrase: Option<PathBuf>,
    /// Where clients connect (TLS). Port 0 takes a free one.
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8443")]
    listen: SocketAddr,
    /// Where the operator's API and pages are.
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8080")]
    operator_listen: SocketAddr,
    /// Serve the operator's side with TLS; needed anywhere but on loopback.
    #[arg(long)]
    operator_tls: bool,
    /// Name or address for the TLS certificate; the first one stands in URLs and registration keys.
    #[arg(long = "name", value_name = "NAME")]
    names: Vec<String>,
    /// Most connections of one address that have shown no certificate, or none yet; 0 for the default, 256. Behind a balancer all
    /// clients come from its address.
    #[arg(long, value_name = "CONNECTIONS", default_value_t = 0)]
    max_per_address: u32,
    /// Seconds after which clients are told to poll again (a third of it is added as jitter at most).
    #[arg(long, value_name = "SECONDS", default_value_t = 900, value_parser = clap::value_parser!(u32).range(5..=86_400))]
    next_poll: u32,
    /// Most uploads of one client that wait to be opened or are quarantined; then it is told to bring more later.
    #[arg(long, value_name = "UPLOADS", default_value_t = 10_000, value_parser = clap::value_parser!(u32).range(1..))]
    max_unopened: u32,
    /// Most MiB of them: no more is taken once there are as many.
    #[arg(long, value_name = "MIB", default_value_t = 4_096, value_parser = clap::value_parser!(u64).range(1..=1 << 40))]
    max_unopened_size: u64,
    /// Hours for which what is quarantined is kept at least; then the oldest makes room, if its client has as much as it may.
    #[arg(long, value_name = "HOURS", default_value_t = 24, value_parser = clap::value_parser!(u64).range(0..=87_600))]
    keep_quarantined: u64,
    /// MiB of the data folder's disk that uploads leave free: those that would not are told to come again; when not given, 64, or a
    /// twentieth of the disk if that is less.
    #[arg(long, value_name = "MIB", value_parser = clap::value_parser!(u64).range(0..=1 << 40))]
    keep_free: Option<u64>,
}

/// Runs the server until it is told to stop.
pub(super) async fn serve(options: Serve, format: Format) -> Result<(), Box<dyn Error>> {
    let mut config = ServerConfig::new(options.data);
    config.key_passphrase = options.key_passphrase;
    config.listen = options.listen;
    config.operator_listen = options.operator_listen;
    config.operator_tls = options.operator_tls;
    config.names = options.names;
    config.max_per_address = options.max_per_address;
    config.next_poll.seconds = options.next_poll;
    config.next_poll.jitter = options.next_poll / 3;
    config.max_unopened_uploads = options.max_unopened;
    config.max_unopened_octets = options.max_unopened_size << 20;
    config.keep_free = options.keep_free.map(|mib| mib << 20);
    config.keep_quarantined = Duration::from_secs(options.keep_quarantined * 60 * 60);
    // Heard from now on: whoever sees the announcement may send one at once.
    let stopped = stop_signal()?;
    let server = Server::start(config).await?;
    announce(&server, format).await?;
    stopped.await?;
    tracing::info!("stopping");
    server.shutdown().await;
    Ok(())
}

async fn announce(server: &RunningServer, format: Format) -> Result<(), Box<dyn Error>> {
    let pages = server.login_link().await?;
    let (device, operator) = (server.device_url(), server.operator_url());
    let document = json!({ "deviceUrl": device, "operatorUrl": operator, "pages": pages });
    let text = format!("clients   {device}\noperator  {operator}/api/v1/\npages     {pages} (works once)");
    print(format, &document, &text)
}

/// Listens for Ctrl-C, and where there is one, SIGTERM; the future ends with the first.
fn stop_signal() -> std::io::Result<impl Future<Output = std::io::Result<()>>> {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let (mut interrupt, mut terminate) =
            (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
        Ok(async move {
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
            }
            Ok(())
        })
    }
    #[cfg(not(unix))]
    Ok(tokio::signal::ctrl_c())
}
