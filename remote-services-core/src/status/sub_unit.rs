//! PrtSubUnitStatusTC (Printer-MIB): a sum of an availability and four marks.

use super::SubUnitStatus;
use alloc::vec::Vec;

impl SubUnitStatus {
    /// The words of a sum: its availability, then its marks. A sum that the convention does not know stays a number.
    #[must_use]
    pub fn of_sum(sum: i64) -> Vec<Self> {
        if !(0..=126).contains(&sum) {
            return Vec::from([Self::Unlisted(alloc::format!("{sum}").into_boxed_str())]);
        }
        let mut words = Vec::from([Self::from_number(sum & 7)]);
        words.extend(MARKS.iter().filter(|mark| sum & *mark != 0).map(|mark| Self::from_number(*mark)));
        words
    }

    /// The sum of these words; `None` when one of them is no part of a sum.
    #[must_use]
    pub fn sum(words: &[Self]) -> Option<i64> {
        words.iter().try_fold(0_i64, |sum, word| sum.checked_add(word.number()?))
    }
}

/// Non-critical alerts, critical alerts, off line, in transition.
const MARKS: [i64; 4] = [8, 16, 32, 64];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sum_falls_into_availability_and_marks() {
        use SubUnitStatus::{AvailableAndActive, CriticalAlerts, OffLine, UnavailableBecauseBroken};
        assert_eq!(SubUnitStatus::of_sum(4), [AvailableAndActive]);
        assert_eq!(SubUnitStatus::of_sum(3 + 16 + 32), [UnavailableBecauseBroken, CriticalAlerts, OffLine]);
        for sum in 0..=126 {
            assert_eq!(SubUnitStatus::sum(&SubUnitStatus::of_sum(sum)), Some(sum));
        }
    }

    #[test]
    fn what_is_no_sum_stays_a_number() {
        for odd in [-2, 127, 255, i64::MIN] {
            let words = SubUnitStatus::of_sum(odd);
            assert_eq!((words.len(), SubUnitStatus::sum(&words)), (1, Some(odd)));
        }
        assert_eq!(SubUnitStatus::sum(&[SubUnitStatus::from_label("odd")]), None);
    }
}
