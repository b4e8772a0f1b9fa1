//! `supplies.xml`: what the device has left. Orders are made from these.

use crate::xml::{macros::record, tokens};
use remote_services_core::supply::{
    CapacityUnit, LevelQuality, Paper, Supplies, Supply, SupplyCategory, SupplyClass, SupplyState,
    SupplyType, SupplyUnit,
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
        install_date: "InstallDate",
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

tokens!(CapacityUnit, LevelQuality, SupplyCategory, SupplyClass, SupplyState, SupplyType, SupplyUnit);
