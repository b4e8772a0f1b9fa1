//! From raw values to the model: one pure function.

use core::net::IpAddr;
use remote_services_core::device::DeviceReport;
use remote_services_core::hex;
use remote_services_core::reading::WithheldReason;
use remote_services_core::status::{Discovery, Retrieval, RetrievalProtocol};
use remote_services_core::time::Timestamp;

use crate::profile::{self, Profiles};
use crate::store::ObjectStore;
use crate::tables::{
    Reading, absent, alert, channel, console, device, finisher, general, imaging, input, interface,
    interpreter, marker, media_path, output, storage, supplies, system,
};
use crate::{maker, status, sums};

/// What is known of a reading beside the values.
#[derive(Clone, Debug, Default)]
pub struct ReadContext {
    /// When the reading began (UTC).
    pub read_at: Timestamp,
    /// When it ended (UTC).
    pub completed_at: Option<Timestamp>,
    /// The address that was asked.
    pub address: Option<IpAddr>,
    /// Names of the device in the DNS, if somebody looked.
    pub dns_names: Vec<String>,
    /// Why there are none: by default, that it has none.
    pub no_dns_names: WithheldReason,
    /// Over which protocol.
    pub protocol: Option<RetrievalProtocol>,
    /// snmpEngineID, when the device was read by SNMPv3.
    pub engine_id: Option<Vec<u8>>,
    /// How the device was found.
    pub discovery: Option<Discovery>,
    /// What is known of single makers; by default what comes with the crate.
    pub profiles: Profiles,
}

/// Builds the report of one device from the values that it gave. The same values give the same report.
///
/// The printer's hrDeviceIndex is found in the values ([`printer_index`]). Counters come with epoch 0; comparing
/// them with the reading before is the work of [`truth`](crate::truth).
#[must_use]
pub fn build(store: &ObjectStore, context: &ReadContext) -> DeviceReport {
    let reading = reading(store, context);
    let mut report = DeviceReport::default();
    for header in [
        &mut report.identity.header,
        &mut report.network.header,
        &mut report.properties.header,
        &mut report.status.header,
        &mut report.counters.header,
        &mut report.supplies.header,
    ] {
        *header = reading.header();
    }
    fill_identity(&reading, &mut report);
    fill_network(&reading, &mut report);
    fill_properties(&reading, &mut report);
    fill_status(&reading, &mut report);
    marker::fill_counters(&reading, &mut report.counters);
    profile::fill_counters(&reading, &mut report.counters);
    imaging::fill_counters(&reading, &mut report.counters);
    supplies::fill_supplies(&reading, &report.status, &mut report.supplies);
    finisher::fill_supplies(&reading, &mut report.supplies);
    input::fill_supplies(&reading, &mut report.supplies);
    profile::fill(&reading, &mut report);
    absent::fill(&reading, &mut report);
    sums::check(&mut report.counters);
    report
}

/// What is known before the values are turned into the model.
pub(crate) fn reading<'a>(store: &'a ObjectStore, context: &'a ReadContext) -> Reading<'a> {
    let device = device::printer_index(store);
    let (charset, console_charset) = general::charsets(store, device);
    let profile = maker::profile(store, device, &context.profiles);
    Reading { store, context, device, charset, console_charset, profile }
}

/// The hrDeviceIndex of the printer among the devices of a host: the one of type hrDevicePrinter, else the one that
/// the Printer-MIB has rows of.
#[must_use]
pub fn printer_index(store: &ObjectStore) -> Option<u32> {
    device::printer_index(store)
}

/// The other printers of the same host, by hrDeviceIndex, in the order of their numbers: of a print server with several
/// only the one of [`printer_index`] is read, and its report says which are not.
#[must_use]
pub fn other_printers(store: &ObjectStore) -> Vec<u32> {
    device::other_printers(store).into_iter().collect()
}

fn fill_identity(reading: &Reading<'_>, report: &mut DeviceReport) {
    let identity = &mut report.identity;
    system::fill_identity(reading, identity);
    maker::fill_identity(reading, identity);
    channel::fill_identity(reading, identity);
    input::fill_identity(reading, identity);
    output::fill_identity(reading, identity);
    finisher::fill_identity(reading, identity);
    general::fill_identity(reading, identity);
    storage::fill_identity(reading, identity);
    identity.snmp_engine_id = reading.context.engine_id.as_deref().map(hex::encode);
}

fn fill_network(reading: &Reading<'_>, report: &mut DeviceReport) {
    let network = &mut report.network;
    interface::fill_network(reading, network);
    network.last_known_address = reading.context.address.map(|address| address.to_string());
    network.dns_names.clone_from(&reading.context.dns_names);
    for position in 1..=network.dns_names.len() {
        network.header.source(format!("DnsName[{position}]"), "rule:dns", None);
    }
}

fn fill_properties(reading: &Reading<'_>, report: &mut DeviceReport) {
    let properties = &mut report.properties;
    device::fill_properties(reading, properties);
    general::fill_properties(reading, properties);
    input::fill_properties(reading, properties);
    output::fill_properties(reading, properties);
    marker::fill_properties(reading, properties);
    media_path::fill_properties(reading, properties);
    storage::fill_properties(reading, properties);
    interpreter::fill_properties(reading, properties);
    finisher::fill_properties(reading, properties);
    imaging::fill_properties(reading, properties);
}

fn fill_status(reading: &Reading<'_>, report: &mut DeviceReport) {
    let status = &mut report.status;
    system::fill_status(reading, status);
    device::fill_status(reading, status);
    general::fill_status(reading, status);
    alert::fill_status(reading, status);
    console::fill_status(reading, status);
    input::fill_status(reading, status);
    output::fill_status(reading, status);
    marker::fill_status(reading, status);
    media_path::fill_status(reading, status);
    finisher::fill_status(reading, status);
    imaging::fill_status(reading, status);
    status.overall = status::overall(status);
    status.header.source("Overall", "rule:rfc3805", None);
    status.retrieval = Some(Retrieval {
        started_at: reading.context.read_at,
        completed_at: reading.context.completed_at,
        outcome: reading.store.outcome(),
        protocol: reading.context.protocol.clone(),
    });
    status.discovery.clone_from(&reading.context.discovery);
}

#[cfg(test)]
mod network_tests;
#[cfg(test)]
mod status_tests;
#[cfg(test)]
mod tests;
