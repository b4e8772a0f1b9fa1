use super::{IN_A_ROW, shortened, supply_words, table};
use comfy_table::Table;
use remote_services_core::device::DeviceReport;
use remote_services_core::supply::SupplyClass;

/// One line of the fleet table.
pub struct FleetRow<'a> {
    /// Where the device answers.
    pub address: String,
    /// How it was asked.
    pub credentials: &'a str,
    /// What it said.
    pub report: &'a DeviceReport,
}

/// One line a device: who, how, counted, left.
#[must_use]
pub fn fleet_table(rows: &[FleetRow<'_>]) -> Table {
    let mut table = table(&["Address", "SNMP", "Model", "Serial", "Status", "Life count", "Supplies"]);
    for row in rows {
        let report = row.report;
        let identity = &report.identity;
        let life_counts =
            report.counters.life_counts.iter().map(|count| format!("{} {}", count.value, count.unit));
        let supplies = report
            .supplies
            .supplies
            .iter()
            .filter(|supply| supply.class != SupplyClass::ReceptacleThatIsFilled)
            .map(supply_words);
        table.add_row([
            row.address.clone(),
            row.credentials.to_owned(),
            short(identity.make_and_model.as_deref().or(identity.manufacturer.as_deref()).unwrap_or("-")),
            short(identity.serial_number.as_deref().unwrap_or("-")),
            status_words(report),
            join(life_counts),
            join(supplies),
        ]);
    }
    table
}

/// The overall status and, where something is wrong, the first alert.
fn status_words(report: &DeviceReport) -> String {
    let status = &report.status;
    match status.alerts.first() {
        Some(alert) => {
            let text = alert.description.clone().unwrap_or_else(|| alert.code.words());
            format!("{}: {}", status.overall, short(&text))
        }
        None => status.overall.to_string(),
    }
}

fn join(parts: impl Iterator<Item = String>) -> String {
    let parts: Vec<String> = parts.collect();
    if parts.is_empty() { "-".to_owned() } else { parts.join(", ") }
}

fn short(text: &str) -> String {
    shortened(text, IN_A_ROW)
}
