//! Recordings of devices as files, for the commands that take one in place of a device.

use crate::failure::Failure;
use crate::survey::{Detail, now};
use remote_services_collect::profile::Profiles;
use remote_services_collect::record::{self, Mode};
use remote_services_collect::{ObjectStore, ReadContext, build, usage};
use remote_services_core::device::DeviceReport;
use std::path::Path;

/// What a recording says, as the model. Lines that cannot be read are left out and told of.
///
/// # Errors
/// When the file cannot be read, or no line of it is a value.
pub(super) fn report(path: &Path, profiles: Profiles, detail: Detail) -> Result<DeviceReport, Failure> {
    let wrong =
        |error: &dyn std::fmt::Display| Failure::usage(format_args!("recording {}: {error}", path.display()));
    let octets = std::fs::read(path).map_err(|error| wrong(&error))?;
    let recording = record::parse(&octets, Mode::Lenient).map_err(|error| wrong(&error))?;
    if let Some(first) = recording.skipped.first() {
        tell!(
            "{}: {} lines are left out, the first of them: {first}",
            path.display(),
            recording.skipped.len()
        );
    }
    if recording.values.is_empty() {
        return Err(wrong(&"no line of it is a value"));
    }
    let context = ReadContext { read_at: now(), profiles, ..ReadContext::default() };
    let store = ObjectStore::from(recording.values);
    let mut report = build(&store, &context);
    if detail == Detail::Usage {
        report.usage = Some(usage::build(&store, &context, &report));
    }
    Ok(report)
}
