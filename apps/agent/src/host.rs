//! Who reports: this computer and this program, as the agent kind of the payload tells it.

use crate::settings::{Settings, Switch};
use remote_services_core::agent::{Agent, CriticalService, Host, OsType, RunState};
use remote_services_core::time::Timestamp;
use std::net::IpAddr;
use std::path::Path;
use sysinfo::{Disks, Networks, System};

/// What the agent knows about its own work.
#[derive(Clone, Copy)]
pub struct Work<'a> {
    /// Folder with the agent's data.
    pub data: &'a Path,
    /// Devices that are reported.
    pub devices_in_scope: u64,
    /// SNMP hosts that were seen and are no printers.
    pub devices_out_of_scope: u64,
    /// What the customer permits.
    pub settings: &'a Settings,
}

/// Describes this computer and this program.
#[must_use]
pub fn describe(now: Timestamp, work: &Work<'_>) -> Agent {
    let mut agent = Agent {
        host: host(work.data),
        site_name: work.settings.site_name.clone(),
        application_version: env!("CARGO_PKG_VERSION").to_owned(),
        runtime_version: Some(format!("{} {}", std::env::consts::OS, std::env::consts::ARCH)),
        discovery_version: Some(env!("CARGO_PKG_VERSION").to_owned()),
        devices_in_scope: work.devices_in_scope,
        devices_out_of_scope: work.devices_out_of_scope,
        critical_services: vec![CriticalService {
            name: "collection".to_owned(),
            state: RunState::Running,
            reason: None,
        }],
        security_mode: work.settings.mode,
        remote_settings_allowed: work.settings.takes_wishes(),
        scheduled_sync_enabled: work.settings.scheduled_sync == Switch::On,
        ..Agent::default()
    };
    agent.header.read_at = now;
    agent.header.source("Host", "operating system", None);
    agent
}

fn host(data: &Path) -> Host {
    let system = System::new()
        .map(|mut system| {
            system.refresh_memory();
            system.refresh_cpu_all();
            system
        })
        .ok();
    let system = system.as_ref();
    let data = data.canonicalize().unwrap_or_else(|_| data.to_owned());
    let disks = Disks::new_with_refreshed_list().ok();
    let disk = disks
        .iter()
        .flat_map(|disks| disks.iter())
        .filter(|disk| data.starts_with(disk.mount_point()))
        .max_by_key(|disk| disk.mount_point().as_os_str().len());
    Host {
        dns_name: System::host_name().ok(),
        ip_addresses: addresses().iter().map(ToString::to_string).collect(),
        os_name: System::long_os_version().ok(),
        os_type: Some(match std::env::consts::OS {
            "linux" => OsType::Linux,
            "windows" => OsType::Windows,
            "macos" => OsType::MacOs,
            "freebsd" | "openbsd" | "netbsd" => OsType::Bsd,
            _ => OsType::Other,
        }),
        processor: system
            .and_then(|system| system.cpus().first().map(|cpu| cpu.brand().trim().to_owned()))
            .filter(|brand| !brand.is_empty()),
        memory_total: system.map(System::total_memory),
        memory_free: system.map(System::available_memory),
        memory_used: system.map(System::used_memory),
        disk_total: disk.map(sysinfo::Disk::total_space),
        disk_free: disk.map(sysinfo::Disk::available_space),
        disk_used: disk.map(|disk| disk.total_space().saturating_sub(disk.available_space())),
        time_zone: jiff::tz::TimeZone::system().iana_name().map(str::to_owned),
    }
}

/// Addresses of the interfaces that can reach others: neither loopback nor link-local.
#[must_use]
pub fn addresses() -> Vec<IpAddr> {
    let Ok(networks) = Networks::new_with_refreshed_list() else { return Vec::new() };
    let mut addresses: Vec<IpAddr> = networks
        .values()
        .flat_map(sysinfo::NetworkData::ip_networks)
        .map(|network| network.addr)
        .filter(|address| match address {
            IpAddr::V4(v4) => !v4.is_loopback() && !v4.is_link_local(),
            IpAddr::V6(v6) => !v6.is_loopback() && !v6.is_unicast_link_local(),
        })
        .collect();
    addresses.sort();
    addresses.dedup();
    addresses
}

#[cfg(test)]
mod tests {
    use super::*;
    use remote_services_core::mode::SecurityMode;

    #[test]
    fn tells_memory_disk_and_version_of_this_computer() {
        let folder = tempfile::tempdir().unwrap();
        let work = Work {
            data: folder.path(),
            devices_in_scope: 12,
            devices_out_of_scope: 1,
            settings: &Settings { site_name: Some("Test".to_owned()), ..Settings::default() },
        };
        let agent = describe(Timestamp::from_unix_seconds(1), &work);
        assert_eq!(agent.site_name.as_deref(), Some("Test"));
        assert!(agent.remote_settings_allowed && agent.scheduled_sync_enabled, "as nobody said otherwise");
        let lockdown = Settings { mode: SecurityMode::Lockdown, ..Settings::default() };
        let agent_locked = describe(Timestamp::from_unix_seconds(1), &Work { settings: &lockdown, ..work });
        assert!(!agent_locked.remote_settings_allowed, "in lockdown nobody changes settings from afar");
        assert!(agent_locked.scheduled_sync_enabled, "data sync goes on");
        let off =
            Settings { remote_settings: Switch::Off, scheduled_sync: Switch::Off, ..Settings::default() };
        let agent_off = describe(Timestamp::from_unix_seconds(1), &Work { settings: &off, ..work });
        assert!(!agent_off.remote_settings_allowed && !agent_off.scheduled_sync_enabled);
        assert!(agent.host.memory_total.is_some_and(|octets| octets > 1 << 20));
        assert!(agent.host.disk_total.is_some_and(|octets| octets > 1 << 20));
        assert_eq!(agent.application_version, env!("CARGO_PKG_VERSION"));
        assert_eq!((agent.devices_in_scope, agent.devices_out_of_scope), (12, 1));
    }
}
