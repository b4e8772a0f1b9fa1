//! glpi-agent's cartridges: `TONERCYAN`, `DRUMBLACK`, `WASTETONER` with a percentage or a word.
use remote_services_core::device::DeviceReport;
use remote_services_core::supply::{LevelQuality, Supply, SupplyType};

use super::Verdict;

/// Judges one cartridge by the supplies of its kind and colour.
pub(super) fn cartridge(report: &DeviceReport, name: &str, expected: &str) -> Verdict {
    let Some((kind, color)) = KINDS.iter().find_map(|(word, kind)| Some((kind, name.strip_prefix(word)?)))
    else {
        return Verdict::NotCompared("not the name of a cartridge of glpi-agent");
    };
    let all = report.supplies.supplies.iter();
    let of_kind: Vec<&Supply> = all.filter(|supply| kind.fits(supply) && has_color(supply, color)).collect();
    // Which kind a supply is, it decides by names of its own; that the supplies are there, plain readings show.
    if of_kind.is_empty() {
        return Verdict::NotCompared("the recording has no supply of this kind and colour");
    }
    if of_kind.iter().any(|supply| says(supply, expected)) {
        return Verdict::Same;
    }
    let told = |supply: &&Supply| format!("{:?}/{:?}", supply.level, supply.max_capacity);
    Verdict::Wrong(of_kind.iter().map(told).collect::<Vec<_>>().join(" "))
}

struct Kind {
    types: &'static [SupplyType],
    words: &'static [&'static str],
}

/// Longer words first.
const KINDS: &[(&str, Kind)] = &[
    (
        "WASTETONER",
        Kind {
            types: &[SupplyType::WasteToner, SupplyType::WasteInk],
            words: &["waste", "used toner", "maintenance box", "maintenance tank"],
        },
    ),
    ("TONER", Kind { types: &[SupplyType::Toner, SupplyType::TonerCartridge], words: &["toner"] }),
    ("CARTRIDGE", Kind { types: &[SupplyType::Ink, SupplyType::InkCartridge], words: &["ink", "cartridge"] }),
    ("DRUM", Kind { types: &[SupplyType::Opc], words: &["drum", "photoconduct", "imaging unit"] }),
    ("DEVELOPER", Kind { types: &[SupplyType::Developer], words: &["developer"] }),
    ("FUSERKIT", Kind { types: &[SupplyType::Fuser], words: &["fuser", "fusing"] }),
    ("TRANSFERKIT", Kind { types: &[SupplyType::TransferUnit], words: &["transfer", "belt"] }),
];

impl Kind {
    /// By its type, or by its name where the device tells none of them.
    fn fits(&self, supply: &Supply) -> bool {
        let name = supply.name.as_deref().unwrap_or_default().to_lowercase();
        self.types.contains(&supply.supply_type) || self.words.iter().any(|word| name.contains(word))
    }
}

/// By its colorant or its name; what names no colour is black, or of all colours.
fn has_color(supply: &Supply, color: &str) -> bool {
    let name = format!(
        "{} {}",
        supply.colorant.as_deref().unwrap_or_default(),
        supply.name.as_deref().unwrap_or_default()
    );
    let name = name.to_lowercase();
    let named = ["cyan", "magenta", "yellow"].into_iter().find(|color| name.contains(color));
    match color.to_lowercase().as_str() {
        "" => true,
        "black" => named.is_none() || name.contains("black"),
        color => named == Some(color),
    }
}

/// Its percentages are whole numbers; `OK` stands for a level of -3, `WARNING` for one that is not known, and `100?` for
/// a level without a maximum.
fn says(supply: &Supply, expected: &str) -> bool {
    let level = supply.level.unwrap_or(-2);
    match expected {
        "OK" => supply.quality == LevelQuality::SomeRemaining,
        "WARNING" => supply.quality == LevelQuality::Unknown,
        guess if guess.ends_with('?') => guess.trim_end_matches('?') == level.to_string(),
        number => {
            // A maximum of 100 where the device tells none.
            let whole = supply.max_capacity.filter(|max| *max > 0).unwrap_or(100);
            let percent = |add: i64| ((level.min(whole) * 100 + add) / whole).to_string();
            level >= 0 && [0, whole / 2, whole - 1].into_iter().any(|add| percent(add) == number)
        }
    }
}
