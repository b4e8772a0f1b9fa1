//! `properties.xml`: installed parts, functions and abilities.

use crate::xml::{macros::record, tokens};
use remote_services_core::properties::{
    Component, ComponentKind, Finisher, FinisherType, InputTray, InputType, Interpreter, InterpreterFamily,
    Marker, MarkingTechnology, OutputBin, OutputType, Properties, SoftwareModule, SoftwareType, Storage,
    StorageType,
};

record! {
    Properties {
        header: "Header",
        components: "Component",
        input_trays: "InputTray",
        output_bins: "OutputBin",
        finishers: "Finisher",
        markers: "Marker",
        color_supported: "ColorSupported",
        colorants: "Colorant",
        duplex_supported: "DuplexSupported",
        print_speeds: "PrintSpeed",
        software_modules: "SoftwareModule",
        configuration_changes: "ConfigurationChanges",
        memory_size: "MemorySize",
        storages: "Storage",
        interpreters: "Interpreter",
    }

    Component {
        kind: "Kind",
        index: "Index",
        description: "Description",
        identifier: "Identifier",
    }

    InputTray {
        index: "Index",
        name: "Name",
        input_type: "Type",
        capacity: "Capacity",
        unit: "Unit",
    }

    OutputBin {
        index: "Index",
        name: "Name",
        output_type: "Type",
        capacity: "Capacity",
        unit: "Unit",
    }

    Finisher {
        finisher_type: "Type",
        description: "Description",
    }

    Marker {
        index: "Index",
        technology: "Technology",
    }

    SoftwareModule {
        name: "Name",
        version: "Version",
        software_type: "Type",
    }

    Storage {
        description: "Description",
        storage_type: "Type",
        size: "Size",
        used: "Used",
    }

    Interpreter {
        family: "Family",
        level: "Level",
        version: "Version",
        description: "Description",
    }
}

tokens!(
    ComponentKind,
    FinisherType,
    InputType,
    InterpreterFamily,
    MarkingTechnology,
    OutputType,
    SoftwareType,
    StorageType,
);
