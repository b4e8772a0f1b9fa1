//! Who made the device, which model it is, which firmware it runs: evidence and the rules that weigh it.
//!
//! No standard object says who made a printer, and the obvious ones lie: sysDescr and sysObjectID often belong to the
//! network card, prtGeneralPrinterName to the administrator. So each answer is taken from the best witness there is:
//!
//! | | best first |
//! | --- | --- |
//! | manufacturer | `MFG` of a 1284 id · a brand at the start of hrDeviceDescr · the enterprise of sysObjectID, by the brand that the model names · a brand at the start of sysDescr |
//! | model | hrDeviceDescr unless it is generic · the maker's own object · `MDL` of a 1284 id · prtGeneralPrinterName unless it is the host's name · the model inside sysDescr, for makers that write it there |
//! | serial number | prtGeneralSerialNumber · the maker's own object · `SERN` of a 1284 id · sysDescr · hrDeviceDescr of Lexmark and Dell; without the full stops that Samsung ends it with |
//! | firmware | the maker's own object · sysDescr, for makers that write it there · hrDeviceDescr of Lexmark and Dell |
//!
//! The header of the identity names the witness of each value.

mod device_id;
mod sys_descr;

pub use device_id::DeviceId;

use remote_services_core::device::{Identity, Module};
use remote_services_snmp::Oid;

use crate::profile::{DEVICE_IDS, Object, Profile, Profiles};
use crate::store::{ObjectStore, not_empty};
use crate::tables::{Reading, device, general, source_scalar, system};
use crate::text::{self, Charset};
use sys_descr::Described;

/// The profile that all evidence in the store speaks for: what else to ask, and how to read it.
pub(crate) fn profile<'a>(
    store: &ObjectStore,
    printer: Option<u32>,
    profiles: &'a Profiles,
) -> Option<&'a Profile> {
    let by_object_id = object_id(store).and_then(|id| profiles.of_object_id(id));
    match manufacturer(store, printer, profiles) {
        Some(found) => profiles.of_text(&found.value).map(|(profile, _)| profile).or(by_object_id),
        None => by_object_id,
    }
}

/// The model, for a first look at a host.
pub(crate) fn model_of(store: &ObjectStore, printer: Option<u32>, profiles: &Profiles) -> Option<String> {
    let profile = profile(store, printer, profiles);
    model(store, printer, profile, &described(store, profile)).map(|found| found.value)
}

/// Fills what the standard system group does not: manufacturer, model, serial number, firmware, modules, tags.
pub(crate) fn fill_identity(reading: &Reading<'_>, identity: &mut Identity) {
    let store = reading.store;
    let described = described(store, reading.profile);
    let header = &mut identity.header;
    let mut settle = |element: &str, found: Option<Found>, names: &[Oid]| match found {
        Some(found) => {
            match &found.witness {
                Witness::Instance(name) => source_scalar(header, element, name),
                Witness::Rule(rule) => header.source(element, *rule, None),
            }
            Some(found.value)
        }
        None => {
            reading.withhold(header, element, names);
            None
        }
    };
    let printer = reading.device;
    let asked = [system::SYS_OBJECT_ID, device::DESCRIPTION];
    identity.manufacturer =
        settle("Manufacturer", manufacturer(store, printer, &reading.context.profiles), &asked);
    let found = model(store, printer, reading.profile, &described);
    identity.make_and_model = settle("MakeAndModel", found, &asked[1..]);
    let found = serial(store, printer, reading.profile, &described);
    identity.serial_number = settle("SerialNumber", found, &[general::SERIAL_NUMBER]);
    let found = firmware(store, printer, reading.profile, &described);
    identity.firmware_version = settle("FirmwareVersion", found, &[system::SYS_DESCR]);
    if let Some((name, id)) = device_ids(store).next() {
        source_scalar(header, "DeviceId1284", &name);
        identity.device_id_1284 = Some(id);
    }
    for object in reading.profile.map_or(&[][..], |profile| &profile.asset_tag) {
        if let Some(found) = first(store, std::slice::from_ref(object), printer) {
            identity.asset_tags.push(found.value);
        }
    }
    for (position, part) in described.parts.into_iter().enumerate() {
        header.source(format!("Module[{}]", position + 1), SYS_DESCR_RULE, None);
        identity.modules.push(Module {
            kind: sys_descr::kind(&part.name),
            name: Some(part.name),
            version: Some(part.version),
            ..Module::default()
        });
    }
}

/// A value and who says so.
struct Found {
    value: String,
    witness: Witness,
}

enum Witness {
    Instance(Oid),
    Rule(&'static str),
}

const SYS_DESCR_RULE: &str = "rule:sysDescr";
const DEVICE_ID_RULE: &str = "rule:deviceId1284";
const DESCRIPTION_RULE: &str = "rule:hrDeviceDescr";

fn manufacturer(store: &ObjectStore, printer: Option<u32>, profiles: &Profiles) -> Option<Found> {
    let by_rule = |value: &str, rule| Some(Found { value: value.into(), witness: Witness::Rule(rule) });
    if let Some(make) =
        device_ids(store).find_map(|(_, id)| DeviceId::parse(&id).manufacturer().map(str::to_owned))
    {
        let brand = profiles.of_text(&make).map_or(make.as_str(), |(_, brand)| brand);
        return by_rule(brand, DEVICE_ID_RULE);
    }
    let description = hr_description(store, printer);
    if let Some((_, brand)) = description.as_ref().and_then(|found| profiles.of_text(&found.value)) {
        return by_rule(brand, DESCRIPTION_RULE);
    }
    let sys_descr = store.text(&system::SYS_DESCR);
    if let Some(profile) = object_id(store).and_then(|id| profiles.of_object_id(id)) {
        let own_model = first(store, &profile.model, printer).map(|found| found.value);
        let brand = [own_model, sys_descr].iter().flatten().find_map(|text| profile.brand(text));
        let name = brand.unwrap_or(&profile.manufacturer).into();
        return Some(Found { value: name, witness: Witness::Instance(system::SYS_OBJECT_ID) });
    }
    let (_, brand) = profiles.of_text(&sys_descr?)?;
    by_rule(brand, SYS_DESCR_RULE)
}

fn model(
    store: &ObjectStore,
    printer: Option<u32>,
    profile: Option<&Profile>,
    described: &Described,
) -> Option<Found> {
    let own = || first(store, &profile?.model, printer);
    let by_id = || {
        let model = device_ids(store).find_map(|(_, id)| DeviceId::parse(&id).model().map(str::to_owned))?;
        Some(Found { value: model, witness: Witness::Rule(DEVICE_ID_RULE) })
    };
    let by_name = || {
        let name = general::PRINTER_NAME.child(printer?).ok()?;
        let value = store.text(&name)?;
        let is_host = store.text(&system::SYS_NAME).is_some_and(|host| host.eq_ignore_ascii_case(&value));
        // A host name is one word in capitals and digits; a model has more to it.
        let says_more = value.contains(' ') || value.contains(|c: char| c.is_ascii_lowercase());
        (!is_host && says_more).then_some(Found { value, witness: Witness::Instance(name) })
    };
    let by_sys_descr =
        || Some(Found { value: described.model.clone()?, witness: Witness::Rule(SYS_DESCR_RULE) });
    hr_description(store, printer)
        .map(|mut found| {
            found.value = sys_descr::before_parts(&found.value, profile);
            found
        })
        .filter(|found| !is_generic(&found.value))
        .or_else(own)
        .or_else(by_id)
        .or_else(by_name)
        .or_else(by_sys_descr)
}

fn serial(
    store: &ObjectStore,
    printer: Option<u32>,
    profile: Option<&Profile>,
    described: &Described,
) -> Option<Found> {
    let standard = || {
        let name = general::SERIAL_NUMBER.child(printer?).ok()?;
        Some(Found { value: store.text(&name)?, witness: Witness::Instance(name) })
    };
    let own = || {
        let objects = profile?.serial_number.iter();
        objects
            .filter_map(|object| first(store, std::slice::from_ref(object), printer))
            .find(|found| is_serial(&found.value))
    };
    let by_id = || {
        let serial =
            device_ids(store).find_map(|(_, id)| DeviceId::parse(&id).serial().map(str::to_owned))?;
        Some(Found { value: serial, witness: Witness::Rule(DEVICE_ID_RULE) })
    };
    let by_sys_descr =
        || Some(Found { value: described.serial.clone()?, witness: Witness::Rule(SYS_DESCR_RULE) });
    let by_tail = || {
        let value = sys_descr::tail(&hr_description(store, printer)?.value, profile)?.serial?;
        Some(Found { value, witness: Witness::Rule(DESCRIPTION_RULE) })
    };
    let real = |found: &Found| is_serial(&found.value);
    standard()
        .filter(real)
        .or_else(own)
        .or_else(|| by_id().filter(real))
        .or_else(|| by_sys_descr().filter(real))
        .or_else(|| by_tail().filter(real))
        .map(|found| Found { value: found.value.trim_end_matches('.').to_owned(), ..found })
}

fn firmware(
    store: &ObjectStore,
    printer: Option<u32>,
    profile: Option<&Profile>,
    described: &Described,
) -> Option<Found> {
    let by_description =
        || Some(Found { value: described.firmware.clone()?, witness: Witness::Rule(SYS_DESCR_RULE) });
    let by_tail = || {
        let value = sys_descr::tail(&hr_description(store, printer)?.value, profile)?.firmware?;
        Some(Found { value, witness: Witness::Rule(DESCRIPTION_RULE) })
    };
    first(store, profile.map_or(&[], |profile| &profile.firmware_version), printer)
        .or_else(by_description)
        .or_else(by_tail)
}

fn described(store: &ObjectStore, profile: Option<&Profile>) -> Described {
    // Without a maker there is no reason to take the text for a printer's.
    let Some(profile) = profile else { return Described::default() };
    let text = store.text(&system::SYS_DESCR);
    text.map(|text| sys_descr::read(&text, profile.sys_descr)).unwrap_or_default()
}

/// hrDeviceDescr of the printer.
fn hr_description(store: &ObjectStore, printer: Option<u32>) -> Option<Found> {
    let name = device::DESCRIPTION.child(printer?).ok()?;
    Some(Found { value: store.text(&name)?, witness: Witness::Instance(name) })
}

/// 1284 ids, wherever the device keeps them.
fn device_ids(store: &ObjectStore) -> impl Iterator<Item = (Oid, String)> {
    DEVICE_IDS
        .iter()
        .filter_map(|name| Some((name.clone(), store.text(name)?)))
        .filter(|(_, id)| id.contains(':') && id.contains(';'))
}

fn object_id(store: &ObjectStore) -> Option<&Oid> {
    store.get(&system::SYS_OBJECT_ID)?.as_oid()
}

/// The first of a maker's objects that the device has, not empty.
fn first(store: &ObjectStore, objects: &[Object], printer: Option<u32>) -> Option<Found> {
    objects.iter().find_map(|object| {
        let name = object.instance(printer)?;
        let value = match store.get(&name)?.as_bytes()? {
            // Some HP texts start with the number of a PCL symbol set: 8U is Roman-8, 18N is UTF-8.
            [0x01, 0x15, text @ ..] => text::decode(text, Charset::Roman8),
            [0x02, 0x4e, text @ ..] => text::decode(text, Charset::Utf8),
            text => text::plain(text),
        };
        let value = match &object.after {
            Some(words) => value.strip_prefix(words.as_str())?.trim_start().to_owned(),
            None => value,
        };
        Some(Found { value: not_empty(value)?, witness: Witness::Instance(name) })
    })
}

/// A description that names no model.
fn is_generic(text: &str) -> bool {
    let lower = text.to_lowercase();
    lower.starts_with("generic")
        || lower.contains("print server")
        || lower.contains("jetdirect")
        || ["printer", "network printer", "unknown", "none", "-"].contains(&lower.as_str())
}

/// Whether a text can be a serial number, and not what stands there while nobody has set one.
pub(crate) fn is_serial(text: &str) -> bool {
    let mut letters = text.chars().filter(|c| c.is_alphanumeric());
    let first = letters.next();
    let differ = letters.any(|c| Some(c) != first);
    differ
        && !["unknown", "none", "null", "n/a", "default", "not available"]
            .contains(&text.to_lowercase().as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_are_no_serial_numbers() {
        assert!(is_serial("VD21457943"));
        assert!(is_serial("79071"));
        for placeholder in ["", "-", "0", "0000000000", "XXXXXXXXXX", "Unknown", "N/A"] {
            assert!(!is_serial(placeholder), "{placeholder}");
        }
    }

    #[test]
    fn generic_descriptions_are_no_models() {
        assert!(is_generic("Generic 28C-1"));
        assert!(is_generic("HP ETHERNET MULTI-ENVIRONMENT, ROM A.03, JETDIRECT EX"));
        assert!(!is_generic("ECOSYS P2040dw"));
    }
}
