//! prtConsoleDisplayBufferTable (Printer-MIB): what stands on the operator panel.

use remote_services_core::status::Status;
use remote_services_snmp::oid;

use super::Reading;
use crate::store::Table;

/// 2 text.
pub(crate) static TABLE: Table = Table { entry: oid!("1.3.6.1.2.1.43.16.5.1"), columns: &[2] };

pub(crate) fn fill_status(reading: &Reading<'_>, status: &mut Status) {
    let rows = reading.rows(&TABLE);
    for row in &rows {
        if let Some(line) = row.text(2, reading.console_charset) {
            let position = status.console_messages.len();
            status.console_messages.push(line);
            reading.source_row(&mut status.header, "ConsoleMessage", position, &TABLE, row);
        }
    }
    reading.check_rows(&mut status.header, "ConsoleMessage", &TABLE, rows.len());
}
