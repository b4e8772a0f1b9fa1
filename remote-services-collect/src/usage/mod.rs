//! Detailed usage (`detailedUsage.xml`): how a device was used, part by part.
//!
//! Service plans with it, nobody is billed by it, and few devices have much of it. So it is no part of a usual reading: a
//! [`Collection`](crate::plan::Collection) asks for it [when told to](crate::plan::Collection::with_usage), and [`build`] makes
//! the document of what was answered. Each row has one of four origins:
//!
//! | from | rows |
//! | --- | --- |
//! | standard objects | prints and scans by service and colour, power, media in the trays, trays, bins, types and sizes of media, incidents |
//! | the maker's own, by rules of its profile | the same, and run lengths, units changed, service items, coverage, parts replaced |
//! | what this side has seen ([`log::UsageLog`], [`distribution`]) | units and parts changed, faults that went away; lengths of documents and sets from accounting records |
//! | whoever links the crates ([`Embedder`]) | memory locations, character recognition, pixel counts, tests, energy |
//!
//! What none of them told is withheld with the reason.
//!
//! [`Embedder`]: remote_services_core::embedder::Embedder

pub mod distribution;
pub mod log;
mod media;
mod standard;

pub(crate) use media::{add_size, add_type, columns};

use remote_services_core::device::DeviceReport;
use remote_services_core::reading::Header;
use remote_services_core::usage::DetailedUsage;
use remote_services_snmp::{Oid, oid};

use crate::build::{ReadContext, reading};
use crate::profile;
use crate::store::ObjectStore;
use crate::tables::{Reading, imaging, input};

/// Makes the document of the values that a device gave and of the report that [`build`](crate::build()) made of them.
#[must_use]
pub fn build(store: &ObjectStore, context: &ReadContext, report: &DeviceReport) -> DetailedUsage {
    let reading = reading(store, context);
    let mut usage = DetailedUsage { header: reading.header(), ..DetailedUsage::default() };
    standard::fill(&reading, report, &mut usage);
    media::fill(&reading, &mut usage);
    profile::fill_usage(&reading, &mut usage);
    withhold(&reading, &mut usage);
    usage
}

/// Notes what is missing, with the objects that it could have come from.
fn withhold(reading: &Reading<'_>, usage: &mut DetailedUsage) {
    let imaging: &[Oid] = &[imaging::ROOT];
    let missing: [(&str, bool, &[Oid]); 22] = [
        ("Print", usage.print.is_empty(), imaging),
        ("Power", usage.power.is_none(), imaging),
        ("Cru", usage.crus.is_empty(), &[]),
        ("Ocr", usage.ocr.is_none(), &[]),
        ("RunLength", usage.run_lengths.is_empty(), &[]),
        ("TrayUsage", usage.trays.is_empty(), imaging),
        ("BinUsage", usage.bins.is_empty(), imaging),
        ("InstalledMedia", usage.installed_media.is_empty(), &[input::TABLE_ENTRY]),
        ("MediaType", usage.media_types.is_empty(), imaging),
        ("MediaSize", usage.media_sizes.is_empty(), imaging),
        ("DocumentLength", usage.document_lengths.is_empty(), &[]),
        ("SetCount", usage.set_counts.is_empty(), &[]),
        ("Hfsi", usage.hfsi.is_empty(), &[]),
        ("Nvm", usage.nvm.is_empty(), &[]),
        ("PixelCount", usage.pixel_counts.is_empty(), &[]),
        ("AverageCoverage", usage.average_coverage.is_empty(), &[]),
        ("Incident", usage.incidents.is_empty(), &[ALERTS]),
        ("FaultResolution", usage.resolutions.is_empty(), &[ALERTS]),
        ("Scan", usage.scan.is_empty(), imaging),
        ("PartReplaced", usage.parts_replaced.is_empty(), &[]),
        ("Diagnostic", usage.diagnostics.is_empty(), &[]),
        ("DfeLog", usage.dfe_log.is_none(), &[]),
    ];
    for (element, absent, objects) in missing {
        if absent {
            usage.header.withhold(element, reading.store.why_missing(objects));
        }
    }
}

/// Notes where the last row of an element came from.
fn source(header: &mut Header, element: &str, rows: usize, object: &Oid, instance: Option<String>) {
    header.source(format!("{element}[{rows}]"), object.to_string(), instance);
}

/// prtAlertTable
const ALERTS: Oid = oid!("1.3.6.1.2.1.43.18.1.1");

#[cfg(test)]
mod tests;
