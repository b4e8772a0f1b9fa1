//! Ctrl-C and SIGTERM: the first asks all work to end in good order, the second ends the process at once.

use crate::failure::{Context, ExitCode, Failure};
use remote_services_transport::client::blocking::StopFlag;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// A flag that Ctrl-C sets.
///
/// # Errors
/// When the operating system does not let this process handle signals.
pub fn stop_flag() -> Result<StopFlag, Failure> {
    Stop::listen().map(|stop| stop.flag)
}

/// What asks this process to end.
pub struct Stop {
    /// Set by any of them.
    pub flag: StopFlag,
    ended: Arc<AtomicBool>,
}

impl Stop {
    /// Listens from now on.
    ///
    /// # Errors
    /// When the operating system does not let this process handle signals.
    pub fn listen() -> Result<Self, Failure> {
        let (flag, ended) = (StopFlag::new(), Arc::new(AtomicBool::new(false)));
        let stop = Self { flag: flag.clone(), ended: Arc::clone(&ended) };
        let heard = move |by_manager: bool| {
            if flag.is_stopped() {
                std::process::exit(ExitCode::Interrupted as i32);
            }
            ended.store(by_manager, Ordering::SeqCst);
            flag.stop();
        };
        hear(heard).context("cannot handle Ctrl-C")?;
        Ok(stop)
    }

    /// Whether it was SIGTERM, by which a service manager ends a service, and not a person's Ctrl-C.
    #[must_use]
    pub fn was_ended(&self) -> bool {
        self.ended.load(Ordering::SeqCst)
    }
}

/// Calls `heard` at each signal, on a thread of its own, and says whether it is one by which services are ended.
fn hear(heard: impl Fn(bool) + Send + 'static) -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build()?;
    let mut signals = {
        let _in = runtime.enter();
        Signals::new()?
    };
    let listen = move || {
        runtime.block_on(async {
            loop {
                heard(signals.next().await);
            }
        });
    };
    std::thread::Builder::new().name("signals".to_owned()).spawn(listen).map(drop)
}

#[cfg(unix)]
use tokio::signal::unix::{Signal, SignalKind, signal};
#[cfg(windows)]
use tokio::signal::windows::{CtrlBreak, CtrlC, CtrlShutdown, ctrl_break, ctrl_c, ctrl_shutdown};

/// Ctrl-C, a terminal that goes away, and the end of a service.
#[cfg(unix)]
struct Signals(Signal, Signal, Signal);

/// Ctrl-C, Ctrl-Break, and the end of the system.
#[cfg(windows)]
struct Signals(CtrlC, CtrlBreak, CtrlShutdown);

impl Signals {
    #[cfg(unix)]
    fn new() -> io::Result<Self> {
        let kind = SignalKind::interrupt();
        Ok(Self(signal(kind)?, signal(SignalKind::hangup())?, signal(SignalKind::terminate())?))
    }

    #[cfg(windows)]
    fn new() -> io::Result<Self> {
        Ok(Self(ctrl_c()?, ctrl_break()?, ctrl_shutdown()?))
    }

    /// Waits for the next; whether it ends a service.
    async fn next(&mut self) -> bool {
        tokio::select! {
            _ = self.0.recv() => false,
            _ = self.1.recv() => false,
            _ = self.2.recv() => true,
        }
    }
}
