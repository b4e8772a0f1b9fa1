//! How to do what is done most.
//!
//! The examples have no sockets: bytes go out of [`poll_output`](crate::engine::Manager::poll_output) and come back into
//! [`handle_datagram`](crate::engine::Manager::handle_datagram). With the features `blocking` or `tokio`, a driver does that part.
//!
//! # Ask a device
//!
//! ```
//! use remote_services_snmp::crypto::{AuthProtocol, PrivProtocol, rustcrypto};
//! use remote_services_snmp::engine::{Credentials, Instant, Manager, ManagerConfig, Operation, Output, PeerOptions};
//! use remote_services_snmp::oid;
//!
//! # let mut seed = 1..;
//! # let random = move || seed.next().unwrap_or(0);
//! let mut manager = Manager::new(ManagerConfig::default(), rustcrypto(), random)?;
//! let credentials = Credentials::V3 {
//!     user: "operator".into(),
//!     auth: Some((AuthProtocol::HmacSha256, "a long password".into())),
//!     privacy: Some((PrivProtocol::Aes128, "another long password".into())),
//!     context_name: String::new(),
//! };
//! let printer = manager.add_peer("192.0.2.7:161".parse()?, credentials, PeerOptions::default())?;
//! let supplies = Operation::Walk(oid!("1.3.6.1.2.1.43.11.1.1.6"));
//! let request = manager.request(Instant::START, printer, supplies)?;
//!
//! // What your event loop does: send what is to be sent, hand in what comes, wake up at `next_deadline`.
//! while let Some(output) = manager.poll_output() {
//!     match output {
//!         Output::Transmit { to, bytes, .. } => println!("{} octets to {to}", bytes.len()),
//!         Output::Completed(completed) if completed.id == request => println!("{:?}", completed.result),
//!         _ => {}
//!     }
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Find out who is there
//!
//! An address that may be nobody's is asked with little patience after [`Manager::seek`](crate::engine::Manager::seek), until its
//! first answer; [`Manager::poll_silent`](crate::engine::Manager::poll_silent) tells early that none may come.
//!
//! # Keep what was learnt
//!
//! The discovery of an SNMPv3 engine costs two exchanges. [`Manager::poll_engine`](crate::engine::Manager::poll_engine) tells
//! each engine as it becomes known or moves its clock by more than its own ticking;
//! [`Manager::restore_engine`](crate::engine::Manager::restore_engine) takes it back after a restart. Nothing in a record is secret.
//!
//! # Answer as a device
//!
//! ```
//! use remote_services_snmp::crypto::rustcrypto;
//! use remote_services_snmp::engine::Instant;
//! use remote_services_snmp::engine::responder::{Access, Responder, ResponderConfig, SortedTable};
//! use remote_services_snmp::usm::EngineId;
//! use remote_services_snmp::{Value, oid};
//!
//! let engine_id = EngineId::with_format(32_473, 4, b"printer-17")?;
//! let boots = 1; // counted and stored by you, before the first answer
//! let config = ResponderConfig::new(engine_id, boots).community("public", Access::Read);
//! # let mut seed = 1..;
//! # let random = || seed.next().unwrap_or(0);
//! let mut responder = Responder::new(config, &rustcrypto(), Instant::START, random)?;
//! let mut mib = SortedTable::new();
//! mib.insert(oid!("1.3.6.1.2.1.1.1.0"), Value::from("A printer of the second floor"));
//!
//! # let (datagram, from) = ([0_u8; 2], "192.0.2.1:40000".parse()?);
//! if let Some(reply) = responder.handle_datagram(Instant::START, from, &datagram, &mut mib) {
//!     println!("{} octets back", reply.len());
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! One responder is one engine: its salts, counters and writable values are its own. `serve` and `serve_tcp` each keep one for
//! themselves, so who answers over UDP and TCP with them makes two, with an engine ID each. One engine on several sockets takes a
//! loop of your own, which hands all of them to [`handle_datagram`](crate::engine::responder::Responder::handle_datagram).
//!
//! # Look into a datagram
//!
//! ```
//! use remote_services_snmp::ber::Limits;
//! use remote_services_snmp::message::Message;
//!
//! # let datagram = [0x30, 0x80];
//! match Message::decode(&datagram, &Limits::default()) {
//!     Ok(message) => println!("{message:?}"), // communities are not shown
//!     Err(error) => println!("{error}"),      // says what, and at which octet
//! }
//! ```
//!
//! # Cope with a device that breaks the rules
//!
//! What a device may do beyond the RFCs is a field of [`PeerOptions`](crate::engine::PeerOptions) or of
//! [`Quirks`](crate::ber::Quirks), off by default, named after the rule that it breaks. Set it for that device alone;
//! [`bent_devices`](super::bent_devices) has all of them.
//!
//! # Choose a driver
//!
//! | you have | take |
//! | --- | --- |
//! | a program that asks one device after the other, or many from one thread | `driver::blocking::ManagerDriver` |
//! | many tasks on tokio that ask at the same time, through one socket | `driver::tokio::ManagerHandle` |
//! | a device that answers, on UDP or on TCP | `serve` or `serve_tcp` of either |
//! | a program that is told of events, or tells | `NotificationListener`, `NotificationSender` of either |
//! | another way to the devices: TCP, TLS, a tunnel | `driver::blocking::ManagerDriver::over`, `tokio::ManagerHandle::over_streams` |
//! | an event loop already, or no operating system | none: call the engines, as `examples/own_event_loop.rs` does |
