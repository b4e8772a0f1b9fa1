//! Values and rows of values, compared.
use remote_services_core::device::DeviceReport;
use remote_services_core::supply::Supply;

use super::Verdict;

/// A field that is not compared.
pub(super) const SKIP: &str = "(not compared)";

/// Compares the fields of a row `key=value; key=value`. `?` means that the recording lacks the column.
pub(super) fn row(expected: &str, ours: impl Fn(&str) -> Option<String>) -> Verdict {
    for part in expected.split("; ") {
        let Some((key, value)) = part.split_once('=') else { continue };
        let ours = ours(key).unwrap_or_default();
        if value != "?" && ours != SKIP && ours != value.trim() {
            return Verdict::Wrong(format!("{key}={ours}"));
        }
    }
    Verdict::Same
}

/// A field of a row.
pub(super) fn field<'a>(row: &'a str, key: &str) -> Option<&'a str> {
    row.split("; ").find_map(|part| part.strip_prefix(key)?.strip_prefix('='))
}

/// To the letter.
pub(super) fn same(ours: &str, expected: &str) -> Verdict {
    if ours == expected { Verdict::Same } else { Verdict::Wrong(ours.into()) }
}

/// As a part of ours.
pub(super) fn contains(ours: &Option<String>, expected: &str) -> Verdict {
    let ours = ours.as_deref().unwrap_or_default();
    if ours.contains(expected) { Verdict::Same } else { Verdict::Wrong(ours.into()) }
}

/// The row of an index `hrDeviceIndex.row`.
pub(super) fn row_of(index: &str) -> String {
    index.split_once('.').map_or(index, |(_, row)| row).to_owned()
}

/// The supply with this index.
pub(super) fn supply<'a>(report: &'a DeviceReport, index: &str) -> Option<&'a Supply> {
    report.supplies.supplies.iter().find(|supply| supply.index == row_of(index))
}

/// Bits of a hexadecimal string, counted from the most significant.
pub(super) fn bits_of(hex: &str) -> Vec<i64> {
    let digits = hex.trim_start_matches("0x").chars().filter_map(|c| c.to_digit(16));
    let bits = digits.flat_map(|digit| (0..4).rev().map(move |bit| digit >> bit & 1));
    (0..).zip(bits).filter(|(_, bit)| *bit == 1).map(|(position, _)| position).collect()
}
