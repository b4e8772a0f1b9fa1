//! `supplies.xml`: what the device has left. Orders are made from these.

use crate::xml::{
    macros::{leaf, record},
    tokens,
};
use remote_services_core::supply::{
    CapacityUnit, LevelQuality, LifetimeLimit, LimitKind, Paper, RelatedAttribute, ReplaceableBy, Supplies,
    Supply, SupplyCategory, SupplyClass, SupplyCount, SupplyState, SupplyType, SupplyUnit,
};

record! {
    Supplies {
        header: "Header",
        supplies: "Supply",
        paper: "Paper",
    }

    Supply {
        index: "Index",
        category: "Category",
        class: "Class",
        supply_type: "Type",
        name: "Name",
        manufacturer: "Manufacturer",
        model: "Model",
        part_number: "PartNumber",
        serial_number: "SerialNumber",
        colorant: "Colorant",
        unit: "Unit",
        max_capacity: "MaxCapacity",
        level: "Level",
        quality: "Quality",
        remaining_percent: "RemainingPercent",
        state: "State",
        size: "Size",
        remaining_impressions: "RemainingImpressions",
        lifetime_usage: "LifetimeUsage",
        lifetime_limits: "LifetimeLimit",
        installed_at: "InstallDate",
        count_at_install: "CountAtInstall",
        replaceable_by: "ReplaceableBy",
        related: "Related",
    }

    Paper {
        tray: "Tray",
        max_capacity: "MaxCapacity",
        level: "Level",
        unit: "Unit",
        quality: "Quality",
        media_name: "MediaName",
        media_type: "MediaType",
    }
}

leaf! {
    SupplyCount { unit: "unit" } = value
    LifetimeLimit { at: "at", unit: "unit" } = value
    RelatedAttribute { name: "name" } = value
}

tokens!(
    CapacityUnit,
    LevelQuality,
    LimitKind,
    ReplaceableBy,
    SupplyCategory,
    SupplyClass,
    SupplyState,
    SupplyType,
    SupplyUnit,
);
