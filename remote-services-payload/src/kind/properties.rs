//! `properties.xml`: installed parts, functions and abilities.

use crate::xml::{
    macros::{leaf, record},
    tokens,
};
use remote_services_core::properties::{
    Component, ComponentKind, ConfigurationSetting, Finisher, FinisherType, Finishing, InputTray, InputType,
    Interpreter, InterpreterFamily, Marker, MarkingTechnology, OutputBin, OutputType, PowerMode, PrintSpeed,
    Properties, Service, SoftwareModule, SoftwareType, Storage, StorageType, UserDefined,
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
        functions: "Function",
        services: "Service",
        software_modules: "SoftwareModule",
        settings: "ConfigurationSetting",
        configuration_changes: "ConfigurationChanges",
        memory_size: "MemorySize",
        storages: "Storage",
        interpreters: "Interpreter",
        power_modes: "PowerMode",
        user_defined: "UserDefined",
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
        quality: "Quality",
    }

    OutputBin {
        index: "Index",
        name: "Name",
        output_type: "Type",
        capacity: "Capacity",
        unit: "Unit",
        quality: "Quality",
    }

    Finisher {
        finisher_type: "Type",
        description: "Description",
        options: "Option",
    }

    Marker {
        index: "Index",
        technology: "Technology",
        resolution: "Resolution",
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
        language_version: "LanguageVersion",
        description: "Description",
    }

    Service {
        service_type: "Type",
        name: "Name",
        enabled: "Enabled",
    }

    ConfigurationSetting {
        name: "Name",
        value: "Value",
    }

    UserDefined {
        name: "Name",
        value: "Value",
    }

    PowerMode {
        name: "Name",
        state: "State",
        delay: "Delay",
    }
}

leaf! {
    PrintSpeed { unit: "unit", color: "color" } = value
}

tokens!(
    ComponentKind,
    FinisherType,
    Finishing,
    InputType,
    InterpreterFamily,
    MarkingTechnology,
    OutputType,
    SoftwareType,
    StorageType,
);
