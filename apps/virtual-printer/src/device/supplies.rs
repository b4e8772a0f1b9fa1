//! Supplies that sink and receptacles that fill, each shown as its agent shows it.

use super::counts::Color;
use remote_services_snmp::Oid;

/// What a recording says of one supply (prtMarkerSuppliesTable).
#[derive(Clone, Debug)]
pub struct SupplyRow {
    /// prtMarkerSuppliesIndex.
    pub index: u32,
    /// prtMarkerSuppliesLevel of this row.
    pub level_name: Oid,
    /// prtMarkerSuppliesDescription.
    pub description: String,
    /// What an alert calls it: `Black toner`, or as the description does.
    pub spoken: String,
    /// Whether it is filled rather than consumed; then the level is the room that is left.
    pub receptacle: bool,
    /// Whether it is toner or ink, without which nothing can be marked.
    pub marks: bool,
    /// Which sides need it.
    pub used_by: UsedBy,
    /// prtMarkerSuppliesMaxCapacity.
    pub max: i32,
    /// prtMarkerSuppliesLevel in the recording.
    pub level: i32,
    /// How the agent shows levels.
    pub shown: Shown,
    /// Sides that a new one is good for.
    pub yields: u32,
}

/// Which sides use a supply up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UsedBy {
    /// All.
    Every,
    /// Those in colour.
    Color,
    /// None, as far as can be told.
    None,
}

/// How an agent shows levels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shown {
    /// In units of the capacity, or of 100 where the capacity is unknown.
    Number,
    /// some remaining(-3) until nothing is.
    SomeRemaining,
    /// Never anything but what stands in the recording.
    Fixed,
}

/// How much is left of one supply, in sides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Supply {
    left: u32,
}

/// How a supply is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Condition {
    /// Good for more than a twentieth of what a new one is good for.
    Enough,
    /// For less.
    Low,
    /// For nothing.
    Empty,
}

impl SupplyRow {
    fn scale(&self) -> u32 {
        u32::try_from(self.max).ok().filter(|max| *max > 0).unwrap_or(100)
    }

    /// The supply as the recording has it.
    #[must_use]
    pub fn as_recorded(&self) -> Supply {
        let left = match self.shown {
            Shown::Number => {
                let level = u64::from(u32::try_from(self.level).unwrap_or(0));
                u32::try_from(level * u64::from(self.yields) / u64::from(self.scale())).unwrap_or(self.yields)
            }
            Shown::SomeRemaining | Shown::Fixed => self.yields / 2,
        };
        Supply { left: left.min(self.yields) }
    }

    /// The supply with this share of a new one left, in percent.
    #[must_use]
    pub fn with_percent(&self, percent: u32) -> Supply {
        let left = u64::from(self.yields) * u64::from(percent.min(100)) / 100;
        Supply { left: u32::try_from(left).unwrap_or(self.yields) }
    }

    /// Uses the supply for one side; gives whether its condition changed.
    pub fn use_for(&self, supply: &mut Supply, color: Color) -> bool {
        let uses = match self.used_by {
            UsedBy::Every => true,
            UsedBy::Color => color == Color::Full,
            UsedBy::None => false,
        };
        if !uses || self.shown == Shown::Fixed {
            return false;
        }
        let before = self.condition(*supply);
        supply.left = supply.left.saturating_sub(1);
        self.condition(*supply) != before
    }

    /// How it is.
    #[must_use]
    pub fn condition(&self, supply: Supply) -> Condition {
        match supply.left {
            _ if self.shown == Shown::Fixed => Condition::Enough,
            0 => Condition::Empty,
            left if u64::from(left) * 20 <= u64::from(self.yields) => Condition::Low,
            _ => Condition::Enough,
        }
    }

    /// prtMarkerSuppliesLevel: rounded up, so that only what is empty says 0.
    #[must_use]
    pub fn level(&self, supply: Supply) -> i32 {
        match self.shown {
            Shown::Fixed => self.level,
            Shown::SomeRemaining if supply.left > 0 => -3,
            Shown::SomeRemaining => 0,
            Shown::Number => {
                let level = (u64::from(supply.left) * u64::from(self.scale()))
                    .div_ceil(u64::from(self.yields.max(1)));
                i32::try_from(level).unwrap_or(i32::MAX)
            }
        }
    }

    /// Percent of a new one, for pages that people read; `None` where the agent tells no number.
    #[must_use]
    pub fn percent(&self, supply: Supply) -> Option<u32> {
        let percent = (u64::from(supply.left) * 100).div_ceil(u64::from(self.yields.max(1)));
        (self.shown == Shown::Number).then(|| u32::try_from(percent).unwrap_or(100))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use remote_services_snmp::oid;

    fn row(max: i32, level: i32, shown: Shown, yields: u32) -> SupplyRow {
        SupplyRow {
            index: 1,
            level_name: oid!("1.3.6.1.2.1.43.11.1.1.9.1.1"),
            description: String::new(),
            spoken: String::new(),
            receptacle: false,
            marks: true,
            used_by: UsedBy::Every,
            max,
            level,
            shown,
            yields,
        }
    }

    #[test]
    fn the_level_sinks_side_by_side_and_says_0_only_when_nothing_is_left() {
        let row = row(100, 100, Shown::Number, 1000);
        let mut supply = row.as_recorded();
        let mut levels = vec![row.level(supply)];
        let mut changes = Vec::new();
        for side in 1..=1000 {
            if row.use_for(&mut supply, Color::Mono) {
                changes.push((side, row.condition(supply)));
            }
            levels.push(row.level(supply));
        }
        assert!(levels.is_sorted_by(|before, after| before >= after));
        assert_eq!((levels[0], levels[1], levels[999], levels[1000]), (100, 100, 1, 0));
        assert_eq!(changes, [(950, Condition::Low), (1000, Condition::Empty)]);
    }

    #[test]
    fn what_the_recording_says_is_shown_until_something_is_used() {
        for (max, level, yields) in
            [(7200, 7056, 7200), (100, 43, 5000), (-2, 9, 5000), (20_000, 12_400, 20_000)]
        {
            let row = row(max, level, Shown::Number, yields);
            assert_eq!(row.level(row.as_recorded()), level, "{max}");
        }
        let words = row(-2, -3, Shown::SomeRemaining, 10);
        let mut supply = words.as_recorded();
        assert_eq!(words.level(supply), -3);
        for _ in 0..5 {
            words.use_for(&mut supply, Color::Mono);
        }
        assert_eq!(words.level(supply), 0);
    }
}
