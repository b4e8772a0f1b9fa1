//! A printer made of software: the test bench for whatever finds, reads or manages printers. It plays any `.snmprec`
//! recording, those of [`synthetic`](remote_services_collect::synthetic) among them, to the letter or as a printer that works.
//!
//! ```text
//!  source/   a recording, taken apart: what stands, what belongs to one device, what moves
//!  device/   the printer itself: counts, supplies, paper, alerts, life, firmware; no sockets, no clock
//!  mib/      both together, as SNMP shows them
//!  faults/   what goes wrong on the way, on demand
//!  services/ SNMP, raw 9100, LPR, a page, notifications, and the control of a test
//!  printer   one of them at work        fleet   thousands in one process
//!  clock     real, fast, or standing until a test moves it     access  who may ask
//! ```
//!
//! A test in Rust starts printers in its own process and moves their clock:
//!
//! ```
//! use std::{sync::Arc, time::Duration};
//! use virtual_printer::device::{Action, Device, DeviceOptions};
//! use virtual_printer::source::Source;
//!
//! let source = Arc::new(Source::built_in("xerox")?);
//! let mut printer = Device::new(source, DeviceOptions::default());
//! printer.act(Action::Print { mono: 3, color: 1, two_sided: true })?;
//! printer.advance(Duration::from_secs(60));
//! assert_eq!(printer.counts().of("impressions".parse()?), 4);
//! assert_eq!(printer.counts().of("sheets".parse()?), 2);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod access;
pub mod clock;
pub mod device;
pub mod faults;
pub mod fleet;
pub mod mib;
pub mod printer;
pub mod services;
pub mod source;
