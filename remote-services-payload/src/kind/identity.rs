//! `identity.xml`: who the device is.

use crate::xml::{macros::record, tokens};
use remote_services_core::device::{Identity, Licence, LicenceState, ManagementState, Module, ModuleKind};

record! {
    Identity {
        header: "Header",
        manufacturer: "Manufacturer",
        make_and_model: "MakeAndModel",
        description: "Description",
        firmware_version: "FirmwareVersion",
        modules: "Module",
        serial_number: "SerialNumber",
        installed_at: "InstallDate",
        asset_tags: "AssetTag",
        customer_asset_tag: "CustomerAssetTag",
        system_name: "SystemName",
        printer_name: "PrinterName",
        contact: "Contact",
        location: "Location",
        management_state: "ManagementState",
        management_workstation: "ManagementWorkstation",
        phone_numbers: "PhoneNumber",
        fax_numbers: "FaxNumber",
        queue_names: "QueueName",
        licences: "Licence",
        device_uuid: "DeviceUuid",
        device_id_1284: "DeviceId1284",
        system_object_id: "SystemObjectId",
        snmp_engine_id: "SnmpEngineId",
    }

    Module {
        name: "Name",
        kind: "Kind",
        version: "Version",
        serial_number: "SerialNumber",
        installed_at: "InstallDate",
    }

    Licence {
        feature: "Feature",
        state: "State",
        installed_at: "InstalledAt",
        expires_at: "ExpiresAt",
    }
}

tokens!(LicenceState, ManagementState, ModuleKind);
