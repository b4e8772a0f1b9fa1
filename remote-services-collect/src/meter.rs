//! Meters that a maker keeps beside the standard counters, read by their labels.

use remote_services_core::counter::{BillingMeter, CounterUnit, Counters};

use crate::tables::Reading;
use crate::text;
use crate::vendor::{XEROX_METER_LABELS, XEROX_METER_VALUES};

/// Xerox's deviceLifetimeUsage rows: the label of a row says what it counts, its number does not. Rows
/// whose label names neither impressions nor sheets (levels, scans, hours) are left to the vendor profiles.
pub(crate) fn fill_counters(reading: &Reading<'_>, counters: &mut Counters) {
    for (index, label) in reading.store.below(&XEROX_METER_LABELS) {
        let [device, DEVICE_LIFETIME_USAGE, _] = index[..] else { continue };
        // Rows of other hrDevices count the same work for the copier and the scanner.
        if reading.device.is_some_and(|printer| printer != device) {
            continue;
        }
        let Some(label) = label.as_bytes().map(text::plain) else { continue };
        let Some(unit) = unit(&label) else { continue };
        let value =
            XEROX_METER_VALUES.extend(&index).ok().and_then(|name| reading.store.get(&name)?.as_u64());
        let Some(value) = value else { continue };
        counters.billing_meters.push(BillingMeter { label, value, unit, service_usage: None });
        let element = format!("BillingMeter[{}]", counters.billing_meters.len());
        let instance = index.iter().map(u32::to_string).collect::<Vec<_>>().join(".");
        counters.header.source(element, XEROX_METER_VALUES.to_string(), Some(instance));
    }
}

/// xcmHrDevDetailType deviceLifetimeUsage
const DEVICE_LIFETIME_USAGE: u32 = 20;

fn unit(label: &str) -> Option<CounterUnit> {
    let label = label.to_lowercase();
    if label.contains("sheets") {
        Some(CounterUnit::Sheets)
    } else if label.contains("impressions") {
        Some(CounterUnit::Impressions)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_label_says_what_is_counted() {
        assert_eq!(unit("Black Printed 2 Sided Sheets"), Some(CounterUnit::Sheets));
        assert_eq!(unit("Color Impressions"), Some(CounterUnit::Impressions));
        assert_eq!(unit("Network Scanning Images Sent"), None);
        assert_eq!(unit("Power On"), None);
    }
}
