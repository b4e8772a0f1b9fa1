use std::net::SocketAddr;

use super::{Running, program};

/// A running `virtual-printer`.
#[derive(Debug)]
pub struct VirtualPrinters {
    /// Where each answers SNMP, in the order of their ports.
    pub addresses: Vec<SocketAddr>,
    running: Running,
}

impl VirtualPrinters {
    /// Starts the program on free ports of loopback and waits until all printers are there.
    ///
    /// # Panics
    /// When it does not start.
    #[must_use]
    pub fn start(words: &[&str]) -> Self {
        let mut command = program("virtual-printer");
        let mut running = Running::start(command.args(["--listen", "127.0.0.1:0"]).args(words));
        let addresses = running.wait_until("the printers are there", |stdout| {
            stdout.contains("running; ").then(|| {
                let announced = stdout.lines().filter_map(|line| line.split_once("SNMP on "));
                announced
                    .map(|(_, rest)| {
                        let address = rest.split(',').next().unwrap_or(rest).trim();
                        address.parse().expect("an address is announced")
                    })
                    .collect()
            })
        });
        Self { addresses, running }
    }

    /// The whole fleet as one target.
    ///
    /// # Panics
    /// When there are no printers.
    #[must_use]
    pub fn target(&self) -> String {
        let [first, .., last] = &self.addresses[..] else { return self.addresses[0].to_string() };
        format!("{first}-{}", last.port())
    }

    /// What it has complained about so far.
    #[must_use]
    pub fn complaints(&self) -> String {
        self.running.stderr()
    }
}
