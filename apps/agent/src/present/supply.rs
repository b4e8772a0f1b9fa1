use super::printable;
use remote_services_core::supply::{LevelQuality, Supply, SupplyClass};

/// A supply in a few words: `black 4 %`, `waste: some room left`.
#[must_use]
pub fn supply_words(supply: &Supply) -> String {
    let name = match (&supply.colorant, &supply.name) {
        (Some(colorant), _) if !colorant.is_empty() => printable(colorant),
        (_, Some(name)) => printable(name),
        _ => supply.supply_type.to_string(),
    };
    format!("{name} {}", level_words(supply))
}

/// The level of a supply: a percent only where the device measured it.
pub(crate) fn level_words(supply: &Supply) -> String {
    let receptacle = supply.class == SupplyClass::ReceptacleThatIsFilled;
    match (&supply.quality, supply.remaining_percent) {
        (_, Some(percent)) if receptacle => format!("{percent} % room"),
        (_, Some(percent)) => format!("{percent} %"),
        (LevelQuality::SomeRemaining, None) if receptacle => "some room left".to_owned(),
        (LevelQuality::SomeRemaining, None) => "some left".to_owned(),
        (LevelQuality::Unlimited, None) => "no limit".to_owned(),
        (LevelQuality::Unknown, None) => "unknown".to_owned(),
        (_, None) => match supply.level {
            Some(level) => format!("{level} {}", supply.unit),
            None => "not told".to_owned(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn supply(quality: LevelQuality, percent: Option<f64>, class: SupplyClass) -> Supply {
        Supply {
            name: Some("Black".to_owned()),
            quality,
            remaining_percent: percent,
            class,
            ..Supply::default()
        }
    }

    #[test]
    fn a_level_that_is_not_known_is_never_shown_as_a_number() {
        let consumed = SupplyClass::SupplyThatIsConsumed;
        assert_eq!(supply_words(&supply(LevelQuality::Measured, Some(4.0), consumed.clone())), "Black 4 %");
        assert_eq!(
            supply_words(&supply(LevelQuality::SomeRemaining, None, consumed.clone())),
            "Black some left"
        );
        assert_eq!(supply_words(&supply(LevelQuality::Unknown, None, consumed)), "Black unknown");
        let waste = SupplyClass::ReceptacleThatIsFilled;
        assert_eq!(supply_words(&supply(LevelQuality::SomeRemaining, None, waste)), "Black some room left");
    }
}
