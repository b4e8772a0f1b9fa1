//! The MIB tables: which columns are read, and what their rows become in the model. One file a table group.
//!
//! Each file has a `TABLE` (or several), which the [plan](crate::plan) fetches, and `fill…` functions, which
//! turn its rows into members of the model. A `fill` reads nothing but the [`Reading`], notes in the header where
//! each value or row came from, and notes what is missing and why. It never guesses: numbers stay as they
//! came, sentinels stay sentinels.
//!
//! Almost every table of the Printer-MIB is indexed by hrDeviceIndex first. [`device::printer_index`] finds the
//! printer's; the rows of other devices of the same host are left alone.

pub(crate) mod absent;
pub(crate) mod alert;
pub(crate) mod channel;
pub(crate) mod console;
mod date;
pub(crate) mod device;
pub(crate) mod finisher;
pub(crate) mod general;
pub(crate) mod imaging;
pub(crate) mod input;
pub(crate) mod interface;
pub(crate) mod interpreter;
pub(crate) mod marker;
pub(crate) mod media_path;
pub(crate) mod output;
pub(crate) mod storage;
pub(crate) mod supplies;
pub(crate) mod system;

pub(crate) use date::date_time;
use remote_services_core::reading::{Header, Withheld, WithheldReason};
use remote_services_snmp::{Oid, Value, oid};

use crate::build::ReadContext;
use crate::profile::Profile;
use crate::store::{ObjectStore, Row, Table, dotted};
use crate::text::Charset;

/// One reading of one device, and what is known of it before the tables are turned into the model.
pub(crate) struct Reading<'a> {
    pub(crate) store: &'a ObjectStore,
    pub(crate) context: &'a ReadContext,
    /// The printer's hrDeviceIndex.
    pub(crate) device: Option<u32>,
    /// Character set of localised texts.
    pub(crate) charset: Charset,
    /// Character set of the console.
    pub(crate) console_charset: Charset,
    /// What is known of the maker, which all evidence names.
    pub(crate) profile: Option<&'a Profile>,
}

impl<'a> Reading<'a> {
    /// Rows of the printer in a table that is indexed by hrDeviceIndex first.
    pub(crate) fn rows(&self, table: &Table) -> Vec<Row<'a>> {
        self.device.map(|device| self.store.rows(table, Some(device))).unwrap_or_default()
    }

    /// A header for one document of this reading.
    pub(crate) fn header(&self) -> Header {
        Header { read_at: self.context.read_at, ..Header::default() }
    }

    /// Notes that the row at `position` (from 0) of `element` came from this row of `table`.
    pub(crate) fn source_row(
        &self,
        header: &mut Header,
        element: &str,
        position: usize,
        table: &Table,
        row: &Row<'_>,
    ) {
        let mut index = Vec::from_iter(self.device);
        index.extend(&row.index);
        header.source(format!("{element}[{}]", position + 1), table.entry.to_string(), Some(dotted(&index)));
    }

    /// Notes that `element` is missing, with the reason that fits the columns or instances it comes from: what
    /// was answered and is missing all the same was of no use.
    pub(crate) fn withhold(&self, header: &mut Header, element: impl Into<String>, names: &[Oid]) {
        let by_device = |name: &Oid| BY_DEVICE.iter().any(|tables| name.starts_with(tables));
        let answered = |name: &Oid| {
            let of_device = || self.store.get(&self.instance(name).filter(|_| by_device(name))?);
            self.store.get(name).or_else(of_device)
        };
        match names.iter().find_map(answered) {
            Some(value) => unusable(header, element, value),
            None => header.withhold(element, self.store.why_missing(names)),
        }
    }

    /// The same of a cell of a row.
    pub(crate) fn withhold_cell(
        &self,
        header: &mut Header,
        element: impl Into<String>,
        table: &Table,
        row: &Row<'_>,
        column: u32,
    ) {
        match row.cell(column) {
            Some(value) => unusable(header, element, value),
            None => self.withhold(header, element, &[table.column(column)]),
        }
    }

    /// Notes that the rows of `element` are missing, or that there may be more of them than were read.
    pub(crate) fn check_rows(&self, header: &mut Header, element: &str, table: &Table, found: usize) {
        let columns: Vec<Oid> = table.roots().collect();
        let reason = self.store.why_missing(&columns);
        if found == 0 {
            header.withhold(element, reason);
        } else if reason != WithheldReason::NotSupported {
            let detail = Some("not all of the table was answered".into());
            header.withheld.push(Withheld { element: element.into(), reason, detail });
        }
    }

    /// The name of the printer's instance of a column that is indexed by hrDeviceIndex alone.
    pub(crate) fn instance(&self, column: &Oid) -> Option<Oid> {
        column.child(self.device?).ok()
    }
}

/// Notes that a value was answered that says nothing of `element`.
fn unusable(header: &mut Header, element: impl Into<String>, value: &Value) {
    let kind = match value {
        Value::Integer(_) => "an INTEGER",
        Value::OctetString(octets) if octets.is_empty() => "an empty string",
        Value::OctetString(_) => "an OCTET STRING",
        Value::ObjectIdentifier(_) => "an OBJECT IDENTIFIER",
        Value::IpAddress(_) => "an IpAddress",
        Value::Counter32(_) | Value::Counter64(_) => "a counter",
        Value::Gauge32(_) => "a gauge",
        Value::TimeTicks(_) => "a time",
        _ => "a value of another type",
    };
    let detail = Some(format!("{kind} was answered that cannot be used"));
    header.withheld.push(Withheld { element: element.into(), reason: WithheldReason::Error, detail });
}

/// Notes that `element` came from an instance: its last arc is the instance, the rest the object.
pub(crate) fn source_scalar(header: &mut Header, element: &str, instance: &Oid) {
    let object = instance.parent().map_or_else(String::new, |object| object.to_string());
    header.source(element, object, instance.arcs().last().map(|arc| arc.to_string()));
}

/// Tables of which the index begins with hrDeviceIndex: prtGeneralTable, hrDeviceTable, hrPrinterTable.
static BY_DEVICE: [Oid; 3] =
    [oid!("1.3.6.1.2.1.43.5.1.1"), oid!("1.3.6.1.2.1.25.3.2.1"), oid!("1.3.6.1.2.1.25.3.5.1")];
