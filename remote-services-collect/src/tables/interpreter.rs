//! prtInterpreterTable (Printer-MIB): the languages that a device prints.

use remote_services_core::properties::{Interpreter, InterpreterFamily, Properties};
use remote_services_snmp::oid;

use super::Reading;
use crate::store::Table;
use crate::text::Charset;

/// 2 family, 3 level, 4 version of the language, 5 description, 6 version of the interpreter.
pub(crate) static TABLE: Table = Table { entry: oid!("1.3.6.1.2.1.43.15.1.1"), columns: &[2, 3, 4, 5, 6] };

pub(crate) fn fill_properties(reading: &Reading<'_>, properties: &mut Properties) {
    for (position, row) in reading.rows(&TABLE).iter().enumerate() {
        properties.interpreters.push(Interpreter {
            family: row.number(2).map(InterpreterFamily::from_number),
            level: row.text(3, Charset::Unknown),
            version: row.text(6, Charset::Unknown),
            language_version: row.text(4, Charset::Unknown),
            description: row.text(5, reading.charset),
        });
        reading.source_row(&mut properties.header, "Interpreter", position, &TABLE, row);
    }
    reading.check_rows(&mut properties.header, "Interpreter", &TABLE, properties.interpreters.len());
}
