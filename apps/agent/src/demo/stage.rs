//! What the demo plays on: the fleet and the server, both in this process.

use super::operator::Operator;
use crate::cli::register;
use crate::failure::{Context, Failure};
use crate::home::Home;
use crate::identity;
use crate::settings::Settings;
use remote_services_server::{RunningServer, Server, ServerConfig};
use remote_services_snmp::crypto::AuthProtocol;
use remote_services_transport::document::NextPoll;
use remote_services_transport::registration_key::RegistrationKey;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::Path;
use std::time::Duration;
use tokio::runtime::Runtime;
use virtual_printer::access::{Guests, UsmGuest};
use virtual_printer::device::Condition;
use virtual_printer::fleet::{self, Fleet};

/// The runtime, with what runs on it.
pub(super) struct Stage {
    runtime: Runtime,
    fleet: Option<Fleet>,
    server: Option<RunningServer>,
}

impl Stage {
    /// An empty stage.
    ///
    /// # Errors
    /// When the operating system gives no threads.
    pub(super) fn new() -> Result<Self, Failure> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .context("cannot start the runtime")?;
        Ok(Self { runtime, fleet: None, server: None })
    }

    /// Starts the fleet; gives its first and last port.
    ///
    /// # Errors
    /// When there are not enough ports.
    pub(super) fn start_fleet(&mut self, count: u16) -> Result<(u16, u16), Failure> {
        let guests = Guests {
            community: COMMUNITY.to_owned(),
            write_community: Some(WRITE_COMMUNITY.to_owned()),
            user: Some(UsmGuest {
                name: USER.to_owned(),
                auth_protocol: AuthProtocol::HmacSha256,
                auth_password: AUTH_PASSWORD.to_owned(),
                priv_password: Some(PRIV_PASSWORD.to_owned()),
            }),
        };
        let address = IpAddr::V4(Ipv4Addr::LOCALHOST);
        let fleet =
            self.runtime.block_on(fleet::start(address, 0, count, &guests)).context("virtual printers")?;
        let ports = fleet.ports().ok_or_else(|| Failure::usage("a fleet needs at least one printer"))?;
        self.fleet = Some(fleet);
        Ok(ports)
    }

    /// Says what is wrong with which printer.
    pub(super) fn tell_faults(&self) {
        for member in self.fleet.iter().flat_map(|fleet| &fleet.printers) {
            let what = match member.condition {
                Condition::LowToner => "is low on black toner",
                Condition::Jammed => "has a paper jam",
                Condition::CounterAtWrap => "has a page counter about to wrap at 2^32",
                Condition::Good if member.faults.drop_every > 0 => "loses every third packet",
                Condition::Good => continue,
            };
            say!("   port {}: {} {what}", member.printer.snmp.port(), member.model());
        }
    }

    /// Starts the server on its folder. An agent that is registered already must find it where it was.
    ///
    /// # Errors
    /// When the folder or a port cannot be used.
    pub(super) fn start_server(&mut self, folder: &Path, home: &Home) -> Result<(), Failure> {
        let mut config = ServerConfig::new(folder);
        config.next_poll = NextPoll { seconds: 5, jitter: 1 };
        if identity::exists(home) {
            let server = identity::registered(home)?.server;
            config.listen = SocketAddr::from((Ipv4Addr::LOCALHOST, server.port()));
        }
        self.server = Some(self.runtime.block_on(Server::start(config)).context("server")?);
        Ok(())
    }

    /// The server.
    ///
    /// # Errors
    /// When it was not started.
    pub(super) fn server(&self) -> Result<&RunningServer, Failure> {
        self.server.as_ref().ok_or_else(|| Failure::failed("the server was not started"))
    }

    /// Registers the agent, unless an earlier run did.
    ///
    /// # Errors
    /// When the server does not accept the key.
    pub(super) fn register(&self, home: &Home, settings: &Settings) -> Result<(), Failure> {
        if identity::exists(home) {
            say!("   registered by an earlier run");
            return Ok(());
        }
        let server = self.server()?;
        let created = self
            .runtime
            .block_on(server.create_registration_key("demo", Duration::from_secs(600)))
            .context("registration key")?;
        let key = RegistrationKey::from_text(created.text()).context("registration key")?;
        let client = register::register(home, settings, &key)?;
        say!("   the key is used up; the server calls this agent {client}");
        Ok(())
    }

    /// The operator's API.
    ///
    /// # Errors
    /// When the server was not started.
    pub(super) fn operator(&self) -> Result<Operator, Failure> {
        let server = self.server()?;
        Ok(Operator::new(server.operator_url(), server.operator_token()))
    }

    /// A link to the operator's pages.
    ///
    /// # Errors
    /// When the server's database fails.
    pub(super) fn login_link(&self) -> Result<String, Failure> {
        self.runtime.block_on(self.server()?.login_link()).context("sign-in link")
    }

    /// Ends everything in good order.
    pub(super) fn strike(mut self) {
        self.fleet = None;
        if let Some(server) = self.server.take() {
            self.runtime.block_on(server.shutdown());
        }
    }
}

pub(super) const COMMUNITY: &str = "public";
pub(super) const WRITE_COMMUNITY: &str = "private";
pub(super) const USER: &str = "monitor";
pub(super) const AUTH_PASSWORD: &str = "demo-authentication";
pub(super) const PRIV_PASSWORD: &str = "demo-privacy-password";
