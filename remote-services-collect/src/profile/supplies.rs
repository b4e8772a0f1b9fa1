//! What a maker knows of supplies beyond prtMarkerSuppliesTable, joined with the rows that stand there.

use remote_services_core::supply::{
    LifetimeLimit, LimitKind, RelatedAttribute, ReplaceableBy, Supplies, Supply, SupplyCount, SupplyUnit,
};

use super::values::{Found, put};

/// Joins a row of the maker with the supply that it is about; gives the element that got something. A row that fits none
/// is left out: it may be a supply that is not installed.
pub(super) fn join(row: &Found<'_>, supplies: &mut Supplies) -> Option<String> {
    let name = row.text("name");
    let own = row.index.last().map(u32::to_string);
    let fits = |supply: &Supply| match (&name, &supply.name) {
        (Some(name), Some(own)) => name.eq_ignore_ascii_case(own),
        (Some(_), None) => false,
        (None, _) => Some(&supply.index) == own.as_ref(),
    };
    let position = supplies.supplies.iter().position(fits)?;
    let supply = &mut supplies.supplies[position];
    let mut filled = [
        put(&mut supply.manufacturer, row.text("manufacturer")),
        put(&mut supply.model, row.text("model")),
        put(&mut supply.part_number, row.text("partNumber")),
        put(&mut supply.serial_number, row.text("serialNumber")),
        put(&mut supply.size, row.text("size")),
        put(&mut supply.remaining_impressions, row.count("remainingImpressions")),
        put(&mut supply.installed_at, row.date("installDate")),
        put(&mut supply.count_at_install, row.count("countAtInstall")),
        put(
            &mut supply.replaceable_by,
            row.text("replaceableBy").map(|word| ReplaceableBy::from_label(&word)),
        ),
    ]
    .contains(&true);
    // In the unit of the supply, as the model says: a percentage is no count of use.
    let unit = match &supply.unit {
        SupplyUnit::Percent | SupplyUnit::Unknown | SupplyUnit::Other => SupplyUnit::Impressions,
        unit => unit.clone(),
    };
    let usage = row.count("usage").map(|value| SupplyCount { value, unit: unit.clone() });
    filled |= put(&mut supply.lifetime_usage, usage);
    let limits = [
        ("reorderAt", LimitKind::Reorder),
        ("warningAt", LimitKind::Warning),
        ("replaceAt", LimitKind::Replace),
        ("maximumAt", LimitKind::Maximum),
    ];
    for (member, at) in limits {
        if let Some(value) = row.count(member) {
            supply.lifetime_limits.push(LifetimeLimit { value, at, unit: unit.clone() });
            filled = true;
        }
    }
    if let Some(value) = row.text("related") {
        supply.related.push(RelatedAttribute { name: row.related(), value });
        filled = true;
    }
    filled.then(|| format!("Supply[{}]", position + 1))
}

/// Gives the number to the only supply that is used up page by page; with several it would be a guess whose it is.
pub(super) fn remaining_impressions(supplies: &mut Supplies, count: Option<u64>) -> Option<String> {
    use remote_services_core::supply::SupplyType::{InkCartridge, Toner, TonerCartridge};
    let prints = |supply: &Supply| matches!(supply.supply_type, Toner | TonerCartridge | InkCartridge);
    let mut printing = (0..).zip(&mut supplies.supplies).filter(|(_, supply)| prints(supply));
    let (Some((position, supply)), None) = (printing.next(), printing.next()) else { return None };
    put(&mut supply.remaining_impressions, count)
        .then(|| format!("Supply[{}]/RemainingImpressions", position + 1))
}
