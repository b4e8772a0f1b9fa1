//! What makers write into sysDescr and hrDeviceDescr, taken apart. Which form to expect, the profile says.

use remote_services_core::device::ModuleKind;

use crate::profile::{Description, Profile};
use crate::store::not_empty;

/// What a sysDescr says.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Described {
    pub(crate) model: Option<String>,
    pub(crate) firmware: Option<String>,
    pub(crate) serial: Option<String>,
    pub(crate) parts: Vec<Part>,
}

/// A part with its version.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Part {
    pub(crate) name: String,
    pub(crate) version: String,
}

pub(crate) fn read(text: &str, form: Description) -> Described {
    match form {
        Description::NoModel => Described { model: cautious(text), ..Described::default() },
        Description::ModelFirst => Described { model: model_first(text), ..Described::default() },
        Description::ModelThenParts => with_parts(text),
        Description::HpFields => hp(text),
        Description::OkiAttached => oki(text),
        Description::LexmarkVersion => lexmark(text),
        Description::RicohVersion => ricoh(text),
    }
}

/// hrDeviceDescr up to what some makers add: parts behind a `;`, or serial number and firmware.
pub(crate) fn before_parts(text: &str, profile: Option<&Profile>) -> String {
    let text = text.split(';').next().unwrap_or_default().trim();
    match tail(text, profile) {
        Some(tail) => tail.model,
        None => text.to_owned(),
    }
}

/// `model [serial] firmware`, as Lexmark and what it builds for Dell write hrDeviceDescr.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Tail {
    pub(crate) model: String,
    pub(crate) serial: Option<String>,
    pub(crate) firmware: Option<String>,
}

pub(crate) fn tail(text: &str, profile: Option<&Profile>) -> Option<Tail> {
    if profile?.sys_descr != Description::LexmarkVersion {
        return None;
    }
    let mut words: Vec<&str> = text.split_whitespace().collect();
    let capitals =
        |word: &str| word.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '.');
    let firmware = words.pop_if(|word| word.matches('.').count() >= 2 && capitals(word))?;
    let serial = words.pop_if(|word| {
        word.len() >= 6
            && capitals(word)
            && !word.contains('.')
            && word.contains(|c: char| c.is_ascii_digit())
    });
    (!words.is_empty()).then(|| Tail {
        model: words.join(" "),
        serial: serial.map(str::to_owned),
        firmware: Some(firmware.to_owned()),
    })
}

/// What kind of part the makers' abbreviations stand for.
pub(crate) fn kind(name: &str) -> ModuleKind {
    let is = |words: &[&str]| words.iter().any(|word| name.eq_ignore_ascii_case(word));
    if is(&["SS", "System", "System Software", "CNTS"]) {
        ModuleKind::System
    } else if is(&["ESS", "Controller", "NC", "CC", "BOOT"]) {
        ModuleKind::Controller
    } else if is(&["IOT", "Engine", "ME", "MCU"]) {
        ModuleKind::Marker
    } else if is(&["ADF", "DF", "DADH", "DADF"]) {
        ModuleKind::Feeder
    } else if is(&["FIN", "FI", "Finisher"]) {
        ModuleKind::Finisher
    } else if is(&["IIT", "IIO", "Scanner"]) {
        ModuleKind::Scanner
    } else if is(&["Network", "NET", "NIC"]) {
        ModuleKind::Network
    } else if is(&["FAX", "FA"]) {
        ModuleKind::Fax
    } else if is(&["PANEL", "UI"]) {
        ModuleKind::UserInterface
    } else {
        ModuleKind::Software
    }
}

/// A model where none is expected: it has a number, and no word that network cards use of themselves.
fn cautious(text: &str) -> Option<String> {
    const OF_CARDS: [&str; 8] =
        ["server", "firmware", "network", "ethernet", "built-in", "wireless", "system", "version"];
    let lower = text.to_lowercase();
    let is_model =
        text.contains(|c: char| c.is_ascii_digit()) && !OF_CARDS.iter().any(|word| lower.contains(word));
    is_model.then(|| model_first(text)).flatten()
}

fn model_first(text: &str) -> Option<String> {
    let text = text.split([';', ',']).next().unwrap_or_default();
    // Canon adds its page language: `Canon LBP6670 /P`.
    let text = text.split(" /").next().unwrap_or_default();
    not_empty(text.trim().to_owned())
}

/// `Xerox WorkCentre 6605DN; Network 90.66, Controller 2013…` and, without blanks, `…;ESS1.0.217,IOT 52.54.1`.
fn with_parts(text: &str) -> Described {
    let (model, rest) = text.split_once(';').unwrap_or((text, ""));
    let mut parts = Vec::new();
    let mut serial = None;
    for field in rest.split([',', ';']).map(str::trim) {
        if let Some(number) = field.strip_prefix("S/N") {
            serial = number.split_whitespace().next().map(str::to_owned);
        } else if let Some((name, version)) = part(field) {
            parts.push(Part { name, version });
        }
    }
    let version_of = |names: &[&str]| {
        names.iter().find_map(|name| parts.iter().find(|part| part.name.eq_ignore_ascii_case(name)))
    };
    // The part that the maker calls the system; elsewhere the controller stands for the whole.
    let firmware = version_of(&["System Software", "System", "SS", "Main", "Controller", "ESS"]);
    Described {
        model: not_empty(model.trim().to_owned()),
        firmware: firmware.map(|part| part.version.clone()),
        serial,
        parts,
    }
}

/// `name version`, or `nameversion` with the version from the first digit on; a lone version is the main one.
fn part(field: &str) -> Option<(String, String)> {
    let is_version = |text: &str| text.contains(|c: char| c.is_ascii_digit());
    let versioned = |text: &str| text.starts_with('V') && text[1..].starts_with(|c: char| c.is_ascii_digit());
    if versioned(field) {
        return Some(("Main".into(), field.into()));
    }
    let at = match field.rfind(' ') {
        Some(blank) => blank,
        None => field.find(|c: char| c.is_ascii_digit())?,
    };
    let (name, version) = field.split_at(at);
    let (name, version) = (name.trim(), version.trim());
    (!name.is_empty() && is_version(version)).then(|| (name.into(), version.into()))
}

/// `HP ETHERNET MULTI-ENVIRONMENT,SN:…,FN:…,SVCID:…,PID:HP Color LaserJet …`.
fn hp(text: &str) -> Described {
    let field = |key: &str| {
        let value = text.split(',').find_map(|field| field.trim().strip_prefix(key))?;
        not_empty(value.trim().to_owned())
    };
    Described { model: field("PID:"), serial: field("SN:"), ..Described::default() }
}

/// `OKI OkiLAN 9450g Rev.00.69 10/100/1000BASE Ethernet PrintServer: Attached to MC873 Rev.07.87 : …`.
fn oki(text: &str) -> Described {
    let Some((_, attached)) = text.split_once("Attached to ") else { return Described::default() };
    let attached = attached.split(" : ").next().unwrap_or_default();
    let (model, firmware) = match attached.split_once(" Rev.") {
        Some((model, firmware)) => (model, firmware.split_whitespace().next()),
        None => (attached, None),
    };
    Described {
        model: not_empty(model.trim().to_owned()),
        firmware: firmware.map(str::to_owned),
        ..Described::default()
    }
}

/// `Lexmark T640 version NS.NP.N219 kernel 2.6.6 All-N-1`.
fn lexmark(text: &str) -> Described {
    let Some((model, rest)) = text.split_once(" version ") else { return Described::default() };
    Described {
        model: not_empty(model.trim().to_owned()),
        firmware: rest.split_whitespace().next().map(str::to_owned),
        ..Described::default()
    }
}

/// `RICOH Aficio MP C3002 2.20 / RICOH Network Printer C model / …`.
fn ricoh(text: &str) -> Described {
    let first = text.split(" / ").next().unwrap_or_default().trim();
    let is_version = |word: &str| {
        word.contains('.')
            && word.starts_with(|c: char| c.is_ascii_digit())
            && !word.contains(char::is_alphabetic)
    };
    match first.rsplit_once(' ') {
        Some((model, version)) if is_version(version) => Described {
            model: not_empty(model.trim().to_owned()),
            firmware: Some(version.to_owned()),
            ..Described::default()
        },
        _ => Described { model: not_empty(first.to_owned()), ..Described::default() },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(value: Option<&String>) -> Option<&str> {
        value.map(String::as_str)
    }

    #[test]
    fn xerox_parts_with_and_without_blanks() {
        let xerox = read(
            "Xerox WorkCentre 6605DN; Network 90.66, Controller 201305012030, Engine 02.00.01",
            Description::ModelThenParts,
        );
        assert_eq!(text(xerox.model.as_ref()), Some("Xerox WorkCentre 6605DN"));
        assert_eq!(text(xerox.firmware.as_ref()), Some("201305012030"));
        assert_eq!(xerox.parts.len(), 3);
        assert_eq!(kind(&xerox.parts[2].name), ModuleKind::Marker);

        let fuji = read(
            "FUJI XEROX ApeosPort-VI C4471;ESS1.0.217,IOT 52.54.1,FIN C5.5.0",
            Description::ModelThenParts,
        );
        assert_eq!(text(fuji.firmware.as_ref()), Some("1.0.217"));
        assert_eq!(fuji.parts[2], Part { name: "FIN".into(), version: "C5.5.0".into() });

        let system = read(
            "Xerox WorkCentre 7545 v1 Multifunction System; System Software 061.121.225.08301, ESS 061.125.08610.LL",
            Description::ModelThenParts,
        );
        assert_eq!(text(system.firmware.as_ref()), Some("061.121.225.08301"));
    }

    #[test]
    fn samsung_main_version_and_an_empty_serial_number() {
        let samsung = read(
            "Samsung M4080FX; V11.01.03.04_02-27-2017;Engine V1.00.06 01-19-2017_V1.00;NIC ;S/N ",
            Description::ModelThenParts,
        );
        assert_eq!(text(samsung.model.as_ref()), Some("Samsung M4080FX"));
        assert_eq!(text(samsung.firmware.as_ref()), Some("V11.01.03.04_02-27-2017"));
        assert_eq!(samsung.serial, None);
    }

    #[test]
    fn the_forms_of_hp_oki_lexmark_ricoh_and_canon() {
        let hp = read(
            "HP ETHERNET MULTI-ENVIRONMENT,SN:VNB3J99999,FN:1F31B6C,PID:HP Color LaserJet Pro M252dw",
            Description::HpFields,
        );
        assert_eq!(text(hp.model.as_ref()), Some("HP Color LaserJet Pro M252dw"));
        assert_eq!(text(hp.serial.as_ref()), Some("VNB3J99999"));
        let oki = read(
            "OKI OkiLAN 9450g Rev.00.69 Ethernet PrintServer: Attached to MC873 Rev.07.87 : Copyright",
            Description::OkiAttached,
        );
        assert_eq!((text(oki.model.as_ref()), text(oki.firmware.as_ref())), (Some("MC873"), Some("07.87")));
        let lexmark =
            read("Lexmark T640 version NS.NP.N219 kernel 2.6.6 All-N-1", Description::LexmarkVersion);
        assert_eq!(
            (text(lexmark.model.as_ref()), text(lexmark.firmware.as_ref())),
            (Some("Lexmark T640"), Some("NS.NP.N219"))
        );
        let ricoh =
            read("RICOH Aficio MP C3002 2.20 / RICOH Network Printer C model", Description::RicohVersion);
        assert_eq!(
            (text(ricoh.model.as_ref()), text(ricoh.firmware.as_ref())),
            (Some("RICOH Aficio MP C3002"), Some("2.20"))
        );
        assert_eq!(
            text(read("Canon LBP6670 /P", Description::ModelFirst).model.as_ref()),
            Some("Canon LBP6670")
        );
    }

    #[test]
    fn a_description_that_ends_in_serial_number_and_firmware_is_taken_apart_for_its_makers_only() {
        let profiles = crate::profile::Profiles::builtin();
        let lexmark = profiles.of_text("Lexmark").map(|(profile, _)| profile);
        let found = tail("Lexmark T652 7946WZN LR.JP.P642", lexmark).unwrap();
        assert_eq!(found.model, "Lexmark T652");
        assert_eq!(
            (text(found.serial.as_ref()), text(found.firmware.as_ref())),
            (Some("7946WZN"), Some("LR.JP.P642"))
        );
        assert_eq!(tail("Lexmark MX711", lexmark), None);
        assert_eq!(
            tail("Xerox 7946WZN LR.JP.P642", profiles.of_text("Xerox").map(|(profile, _)| profile)),
            None
        );
    }

    #[test]
    fn where_no_model_is_expected_only_a_likely_one_is_taken() {
        let model = |descr| read(descr, Description::NoModel).model;
        assert_eq!(model("EPSON AL-M2400").as_deref(), Some("EPSON AL-M2400"));
        assert_eq!(model("EPSON Built-in 11b/g/n & 10/100/1000 Print Server"), None);
        assert_eq!(model("Brother NC-8300h, Firmware Ver.1.14  (14.11.06),MID 8C5-F01,FID 2"), None);
        assert_eq!(model("KYOCERA Document Solutions Printing System"), None);
        assert_eq!(model("ZebraNet Wired PS"), None);
    }

    #[test]
    fn other_text_gives_nothing_and_does_not_panic() {
        for form in [
            Description::NoModel,
            Description::ModelFirst,
            Description::ModelThenParts,
            Description::HpFields,
            Description::OkiAttached,
            Description::LexmarkVersion,
            Description::RicohVersion,
        ] {
            for text in ["", " ", ";", ",", "V", "; V", "é;é1", "Attached to ", " version "] {
                let described = read(text, form);
                assert_eq!(described.serial, None);
            }
        }
    }
}
