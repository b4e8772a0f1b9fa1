//! `agent.xml`: who reports.

use crate::xml::{macros::record, tokens};
use remote_services_core::agent::{Agent, CriticalService, Host, OsType, RunState};

record! {
    Agent {
        header: "Header",
        host: "Host",
        site_name: "SiteName",
        application_version: "ApplicationVersion",
        licence_expires_at: "LicenceExpiry",
        runtime_version: "RuntimeVersion",
        discovery_version: "DiscoveryVersion",
        main_database_size: "MainDatabaseSize",
        discovery_database_size: "DiscoveryDatabaseSize",
        devices_in_scope: "DevicesInScope",
        devices_out_of_scope: "DevicesOutOfScope",
        critical_services: "CriticalService",
        security_mode: "SecurityMode",
        remote_settings_allowed: "RemoteSettingsAllowed",
        scheduled_sync_enabled: "ScheduledSyncEnabled",
    }

    Host {
        dns_name: "DnsName",
        ip_addresses: "IpAddress",
        os_name: "OsName",
        os_type: "OsType",
        processor: "Processor",
        memory_total: "MemoryTotal",
        memory_free: "MemoryFree",
        memory_used: "MemoryUsed",
        disk_total: "DiskTotal",
        disk_free: "DiskFree",
        disk_used: "DiskUsed",
        time_zone: "TimeZone",
    }

    CriticalService {
        name: "Name",
        state: "State",
        reason: "Reason",
    }
}

tokens!(OsType, RunState);
