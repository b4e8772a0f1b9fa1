//! LPR (515 on real printers): the sockets of `rfc1179`.

use super::raw;
use super::rfc1179::{Lpd, Step};
use super::stream::JobStream;
use crate::device::job::Origin;
use crate::printer::Core;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{sleep, timeout};

/// Takes jobs until the task is dropped, one connection at a time.
pub(super) async fn serve(listener: TcpListener, core: Arc<Core>) {
    loop {
        match listener.accept().await {
            Ok((stream, _)) if core.look(crate::device::Device::is_up) => talk(stream, &core).await,
            Ok(_) => {}
            Err(_) => sleep(Duration::from_millis(100)).await,
        }
    }
}

async fn talk(mut stream: TcpStream, core: &Core) {
    let mut lpd = Lpd::default();
    let mut files: Vec<JobStream> = Vec::new();
    // Files that came as a whole: the others are not printed.
    let mut whole = 0;
    let mut buffer = vec![0; 16 * 1024];
    let mut open = true;
    while open {
        let steps = match timeout(SILENCE, stream.read(&mut buffer)).await {
            Ok(Ok(count)) if count > 0 => lpd.take(&buffer[..count]),
            _ => {
                open = false;
                lpd.end().into_iter().collect()
            }
        };
        for step in steps {
            match step {
                Step::Send(octets) => open &= stream.write_all(&octets).await.is_ok(),
                Step::FileBegins if files.len() < MOST_FILES => files.push(JobStream::default()),
                Step::FileBegins | Step::Close => open = false,
                Step::Data(octets) => {
                    if let Some(file) = files.last_mut() {
                        // Nobody reads answers here.
                        drop(file.take(&octets));
                    }
                }
                Step::FileEnds => whole = files.len(),
                Step::Abort => {
                    files.clear();
                    whole = 0;
                }
                Step::State => {
                    let state = core.look(|device| {
                        device.state().map_or_else(|| "Ready".to_owned(), |state| state.console)
                    });
                    let _ = stream.write_all(format!("lp: {state}\nno entries\n").as_bytes()).await;
                    open = false;
                }
            }
        }
    }
    files.truncate(whole);
    let control = lpd.control();
    for mut file in files {
        file.is_called(&control.name, &control.user, control.copies);
        raw::finish(file, Origin::Lpr, core);
    }
}

const SILENCE: Duration = Duration::from_secs(30);
/// Data files of one job.
const MOST_FILES: usize = 32;
