//! The walk over the model: which rule each member falls under.

use super::Redaction;
use super::rules::{Content, Rules};
use crate::agent::{Agent, Host};
use crate::counter::Counters;
use crate::device::{DeviceReport, Identity};
use crate::network::Network;
use crate::properties::Properties;
use crate::reading::WithheldReason;
use crate::status::Status;
use crate::supply::Supplies;
use core::fmt::Display;

pub(super) fn report(redaction: &Redaction, report: &mut DeviceReport) {
    let mut rules = Rules::new(redaction);
    rules.learn_from(&report.network);
    rules.learn_phones(&report.identity.phone_numbers);
    rules.identity(&mut report.identity);
    rules.network(&mut report.network);
    rules.properties(&mut report.properties);
    rules.status(&mut report.status);
    rules.counters(&mut report.counters);
    rules.supplies(&mut report.supplies);
}

pub(super) fn agent(redaction: &Redaction, agent: &mut Agent) {
    let mut rules = Rules::new(redaction);
    rules.learn(&agent.host.ip_addresses);
    rules.agent(agent);
}

impl Rules {
    fn identity(&mut self, identity: &mut Identity) {
        self.words("Manufacturer", &mut identity.manufacturer);
        self.words("MakeAndModel", &mut identity.make_and_model);
        self.words("Description", &mut identity.description);
        self.code("FirmwareVersion", &mut identity.firmware_version);
        for (at, module) in numbered("Module", &mut identity.modules) {
            self.words(format_args!("{at}/Name"), &mut module.name);
            self.code(format_args!("{at}/Version"), &mut module.version);
            self.code(format_args!("{at}/SerialNumber"), &mut module.serial_number);
        }
        self.code("SerialNumber", &mut identity.serial_number);
        for (at, tag) in numbered("AssetTag", &mut identity.asset_tags) {
            self.scrub(at, tag, Content::Words);
        }
        self.words("CustomerAssetTag", &mut identity.customer_asset_tag);
        self.name("SystemName", &mut identity.system_name);
        self.gone("Contact", &mut identity.contact, WithheldReason::Redacted);
        self.words("Location", &mut identity.location);
        self.all_gone("PhoneNumber", &mut identity.phone_numbers, WithheldReason::Redacted);
        for (at, name) in numbered("QueueName", &mut identity.queue_names) {
            self.scrub(at, name, Content::Words);
        }
        self.words("DeviceId1284", &mut identity.device_id_1284);
        self.code("SystemObjectId", &mut identity.system_object_id);
        self.engine_id(&mut identity.snmp_engine_id);
        self.header(&mut identity.header);
    }

    fn network(&mut self, network: &mut Network) {
        for (at, interface) in numbered("Interface", &mut network.interfaces) {
            self.words(format_args!("{at}/Name"), &mut interface.name);
            self.code(format_args!("{at}/MacAddress"), &mut interface.mac_address);
            self.address(format_args!("{at}/SubnetAddress"), &mut interface.subnet_address);
            self.addresses(format_args!("{at}/Ipv4Address"), &mut interface.ipv4_addresses);
            self.addresses(format_args!("{at}/Ipv6Address"), &mut interface.ipv6_addresses);
        }
        self.addresses("DefaultGateway", &mut network.default_gateways);
        self.names("DnsName", &mut network.dns_names, &mut network.header);
        self.address("LastKnownAddress", &mut network.last_known_address);
        self.address("PreviousAddress", &mut network.previous_address);
        self.code("TimeZone", &mut network.time_zone);
        self.header(&mut network.header);
    }

    fn properties(&mut self, properties: &mut Properties) {
        for (at, component) in numbered("Component", &mut properties.components) {
            self.scrub(format_args!("{at}/Index"), &mut component.index, Content::Code);
            self.words(format_args!("{at}/Description"), &mut component.description);
            self.code(format_args!("{at}/Identifier"), &mut component.identifier);
        }
        for (at, tray) in numbered("InputTray", &mut properties.input_trays) {
            self.scrub(format_args!("{at}/Index"), &mut tray.index, Content::Code);
            self.words(format_args!("{at}/Name"), &mut tray.name);
        }
        for (at, bin) in numbered("OutputBin", &mut properties.output_bins) {
            self.scrub(format_args!("{at}/Index"), &mut bin.index, Content::Code);
            self.words(format_args!("{at}/Name"), &mut bin.name);
        }
        for (at, finisher) in numbered("Finisher", &mut properties.finishers) {
            self.words(format_args!("{at}/Description"), &mut finisher.description);
        }
        for (at, marker) in numbered("Marker", &mut properties.markers) {
            self.scrub(format_args!("{at}/Index"), &mut marker.index, Content::Code);
        }
        for (at, colorant) in numbered("Colorant", &mut properties.colorants) {
            self.scrub(at, colorant, Content::Words);
        }
        for (at, module) in numbered("SoftwareModule", &mut properties.software_modules) {
            self.words(format_args!("{at}/Name"), &mut module.name);
            self.code(format_args!("{at}/Version"), &mut module.version);
        }
        for (at, storage) in numbered("Storage", &mut properties.storages) {
            self.words(format_args!("{at}/Description"), &mut storage.description);
        }
        for (at, interpreter) in numbered("Interpreter", &mut properties.interpreters) {
            self.code(format_args!("{at}/Level"), &mut interpreter.level);
            self.code(format_args!("{at}/Version"), &mut interpreter.version);
            self.words(format_args!("{at}/Description"), &mut interpreter.description);
        }
        self.header(&mut properties.header);
    }

    fn status(&mut self, status: &mut Status) {
        for (at, alert) in numbered("Alert", &mut status.alerts) {
            self.words(format_args!("{at}/Description"), &mut alert.description);
        }
        for (at, line) in numbered("ConsoleMessage", &mut status.console_messages) {
            self.scrub(at, line, Content::Words);
        }
        for (at, component) in numbered("Component", &mut status.components) {
            self.scrub(format_args!("{at}/Index"), &mut component.index, Content::Code);
            self.words(format_args!("{at}/Description"), &mut component.description);
        }
        self.header(&mut status.header);
    }

    fn counters(&mut self, counters: &mut Counters) {
        for (at, meter) in numbered("BillingMeter", &mut counters.billing_meters) {
            self.scrub(format_args!("{at}/Label"), &mut meter.label, Content::Words);
        }
        self.header(&mut counters.header);
    }

    fn supplies(&mut self, supplies: &mut Supplies) {
        for (at, supply) in numbered("Supply", &mut supplies.supplies) {
            self.scrub(format_args!("{at}/Index"), &mut supply.index, Content::Code);
            self.words(format_args!("{at}/Name"), &mut supply.name);
            self.words(format_args!("{at}/Manufacturer"), &mut supply.manufacturer);
            self.words(format_args!("{at}/Model"), &mut supply.model);
            self.code(format_args!("{at}/PartNumber"), &mut supply.part_number);
            self.code(format_args!("{at}/SerialNumber"), &mut supply.serial_number);
            self.words(format_args!("{at}/Colorant"), &mut supply.colorant);
        }
        for (at, paper) in numbered("Paper", &mut supplies.paper) {
            self.scrub(format_args!("{at}/Tray"), &mut paper.tray, Content::Words);
            self.words(format_args!("{at}/MediaName"), &mut paper.media_name);
            self.words(format_args!("{at}/MediaType"), &mut paper.media_type);
        }
        self.header(&mut supplies.header);
    }

    fn agent(&mut self, agent: &mut Agent) {
        let Host { dns_name, ip_addresses, os_name, processor, time_zone, .. } = &mut agent.host;
        self.name("Host/DnsName", dns_name);
        self.addresses("Host/IpAddress", ip_addresses);
        self.words("Host/OsName", os_name);
        self.words("Host/Processor", processor);
        self.code("Host/TimeZone", time_zone);
        self.words("SiteName", &mut agent.site_name);
        self.scrub("ApplicationVersion", &mut agent.application_version, Content::Code);
        self.code("RuntimeVersion", &mut agent.runtime_version);
        self.code("DiscoveryVersion", &mut agent.discovery_version);
        for (at, service) in numbered("CriticalService", &mut agent.critical_services) {
            self.scrub(format_args!("{at}/Name"), &mut service.name, Content::Words);
        }
        self.header(&mut agent.header);
    }
}

/// The path of a row: `Alert[1]`.
#[derive(Clone, Copy)]
pub(super) struct Row<P> {
    path: P,
    position: usize,
}

impl<P: Display> Display for Row<P> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "{}[{}]", self.path, self.position)
    }
}

/// Rows with their paths.
pub(super) fn numbered<P: Copy, T>(path: P, rows: &mut [T]) -> impl Iterator<Item = (Row<P>, &mut T)> {
    rows.iter_mut().enumerate().map(move |(at, row)| (Row { path, position: at + 1 }, row))
}
