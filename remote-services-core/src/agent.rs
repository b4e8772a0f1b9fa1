//! Who reports: the host of the device-management application.

use crate::mode::SecurityMode;
use crate::reading::Header;
use crate::time::Timestamp;
use alloc::string::String;
use alloc::vec::Vec;

record! {
    /// The agent and its host.
    pub struct Agent {
        /// When and from where.
        pub header: Header,
        /// The computer it runs on.
        pub host: Host,
        /// Name of the site, typed in at installation.
        pub site_name: Option<String>,
        /// Version of the application.
        pub application_version: String,
        /// When the licence of the application ends (UTC). Source: the registration.
        #[cfg_attr(feature = "serde", serde(rename = "LicenceExpiry"))]
        pub licence_expires_at: Option<Timestamp>,
        /// Compiler and target it was built with, version of the TLS library.
        pub runtime_version: Option<String>,
        /// Version of the discovery component.
        pub discovery_version: Option<String>,
        /// Octets of the main database.
        pub main_database_size: Option<u64>,
        /// Octets of the discovery database; absent when one database serves both.
        pub discovery_database_size: Option<u64>,
        /// Devices that are reported.
        pub devices_in_scope: u64,
        /// Devices that were seen and are not reported.
        pub devices_out_of_scope: u64,
        /// A service that the agent needs.
        #[cfg_attr(feature = "serde", serde(rename = "CriticalService"))]
        pub critical_services: Vec<CriticalService>,
        /// How much of the remote services the customer allows.
        pub security_mode: SecurityMode,
        /// Whether the server may change settings; false in lockdown.
        pub remote_settings_allowed: bool,
        /// Whether the daily transfer is on.
        pub scheduled_sync_enabled: bool,
    }

    /// The computer the agent runs on.
    pub struct Host {
        /// Fully qualified DNS name.
        pub dns_name: Option<String>,
        /// An address of its interfaces; withheld in lockdown.
        #[cfg_attr(feature = "serde", serde(rename = "IpAddress"))]
        pub ip_addresses: Vec<String>,
        /// Operating system by name and version.
        pub os_name: Option<String>,
        /// Kind of operating system.
        pub os_type: Option<OsType>,
        /// Processor by name, and its cores.
        pub processor: Option<String>,
        /// Main memory in octets.
        pub memory_total: Option<u64>,
        /// Free main memory in octets.
        pub memory_free: Option<u64>,
        /// Used main memory in octets.
        pub memory_used: Option<u64>,
        /// Size of the disk with the agent's data in octets.
        pub disk_total: Option<u64>,
        /// Free octets on that disk.
        pub disk_free: Option<u64>,
        /// Used octets on that disk.
        pub disk_used: Option<u64>,
        /// IANA name of the time zone.
        pub time_zone: Option<String>,
    }

    /// A service that the agent needs.
    pub struct CriticalService {
        /// Its name: collector, uploader, poller, scheduler.
        pub name: String,
        /// Whether it runs.
        pub state: RunState,
        /// Why it is in that state, when it does not run. Source: the supervisor of the agent.
        pub reason: Option<String>,
    }
}

open_enum! {
    /// Kind of operating system.
    pub enum OsType {
        /// Linux.
        Linux: "linux",
        /// Windows.
        Windows: "windows",
        /// MacOS.
        MacOs: "macOs",
        /// A BSD system.
        Bsd: "bsd",
        /// Device firmware.
        Embedded: "embedded",
        /// System outside this list.
        Other: "other",
    }

    /// Whether a service runs.
    #[derive(Default)]
    pub enum RunState {
        /// Works.
        Running: "running",
        /// Not ready yet.
        Starting: "starting",
        /// Not running.
        Stopped: "stopped",
        /// Stopped by an error.
        #[default]
        Failed: "failed",
        /// Switched off on purpose.
        Disabled: "disabled",
    }
}
