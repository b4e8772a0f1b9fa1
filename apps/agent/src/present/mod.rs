//! Readings for people and scripts: tables, JSON, XML.

mod device;
mod fleet;
mod hosts;
mod jobs;
mod json;
mod supply;
mod usage;
mod xml;

pub use device::device_table;
pub use fleet::{FleetRow, fleet_table};
pub use hosts::{HostRow, Serials, hosts_json, hosts_table, hosts_xml, twins};
pub use jobs::{jobs_json, jobs_table, jobs_xml};
pub use json::{preview_json, report_json};
pub use supply::supply_words;
pub use xml::report_xml;

use comfy_table::{ContentArrangement, LineStyle, Table, TableStyle};

/// A table in the style of this program: as wide as the terminal, plain when there is none.
pub(crate) fn table(header: &[&str]) -> Table {
    let mut table = Table::new();
    table.load_style(LINES).set_content_arrangement(ContentArrangement::Dynamic).set_header(header);
    table
}

/// A line above, below and under the header; none between rows, so that a row is a line for `grep`.
const LINES: TableStyle = TableStyle::new()
    .top_border(LineStyle::none().fill('─').junction('─'))
    .header_separator(LineStyle::none().fill('─').junction('─'))
    .bottom_border(LineStyle::none().fill('─').junction('─'));

/// Text from a device made safe for a terminal: control characters are shown, not carried out.
#[must_use]
pub fn printable(text: &str) -> String {
    text.chars()
        .map(|letter| match letter {
            '\n' | '\r' | '\t' => ' ',
            hidden if hidden.is_control() || is_bidirectional_control(hidden) => '\u{FFFD}',
            shown => shown,
        })
        .collect()
}

/// The same, cut to what a table has room for: JSON and XML have all of it.
#[must_use]
pub fn shortened(text: &str, most: usize) -> String {
    let text = printable(text);
    match text.char_indices().nth(most) {
        Some((at, _)) => format!("{}…", text[..at].trim_end()),
        None => text,
    }
}

/// The longest text in a table with one line a device.
const IN_A_ROW: usize = 64;
/// The longest value in a table of one device: no DisplayString is longer.
const OF_A_DEVICE: usize = 255;

/// Characters that reorder what follows them on the screen.
fn is_bidirectional_control(letter: char) -> bool {
    matches!(letter, '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

/// `1 printer`, `2 printers`: a number of things whose name takes an s.
#[must_use]
pub fn counted(number: usize, thing: &str) -> String {
    format!("{number} {thing}{}", if number == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_thing_is_not_plural() {
        assert_eq!([0, 1, 2].map(|n| counted(n, "printer")).join(", "), "0 printers, 1 printer, 2 printers");
    }

    #[test]
    fn a_huge_text_is_cut_between_characters() {
        assert_eq!(shortened("Büro 7", 6), "Büro 7");
        assert_eq!(shortened("Büro 7 links", 6), "Büro 7…");
        assert_eq!(shortened(&"ü".repeat(9_000), IN_A_ROW).chars().count(), IN_A_ROW + 1);
    }

    #[test]
    fn a_device_cannot_write_escape_sequences_to_the_terminal() {
        assert_eq!(printable("\u{1b}[31mred\u{7}\nnext \u{202E}x"), "\u{FFFD}[31mred\u{FFFD} next \u{FFFD}x");
    }
}
