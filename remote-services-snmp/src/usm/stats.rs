//! The counters of SNMP-USER-BASED-SM-MIB.
use crate::oid;
use crate::pdu::VarBind;
use crate::smi::{Oid, Value};

/// One of the usmStats counters (RFC 3414 §5), also the content of the Report that is sent when it rises.
/// RFC 3414 has six and will have no others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum UsmStat {
    /// usmStatsUnsupportedSecLevels.
    UnsupportedSecLevels,
    /// usmStatsNotInTimeWindows.
    NotInTimeWindows,
    /// usmStatsUnknownUserNames.
    UnknownUserNames,
    /// usmStatsUnknownEngineIDs.
    UnknownEngineIds,
    /// usmStatsWrongDigests.
    WrongDigests,
    /// usmStatsDecryptionErrors.
    DecryptionErrors,
}

/// How often each of them rose. Counters wrap at 2^32, as Counter32 does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct UsmStats([u32; 6]);

impl UsmStat {
    /// All of them, in the order of the MIB.
    pub const ALL: [UsmStat; 6] = [
        UsmStat::UnsupportedSecLevels,
        UsmStat::NotInTimeWindows,
        UsmStat::UnknownUserNames,
        UsmStat::UnknownEngineIds,
        UsmStat::WrongDigests,
        UsmStat::DecryptionErrors,
    ];

    /// The instance that is read and reported: `1.3.6.1.6.3.15.1.1.n.0`.
    #[must_use]
    pub fn oid(self) -> Oid {
        match self {
            UsmStat::UnsupportedSecLevels => oid!("1.3.6.1.6.3.15.1.1.1.0"),
            UsmStat::NotInTimeWindows => oid!("1.3.6.1.6.3.15.1.1.2.0"),
            UsmStat::UnknownUserNames => oid!("1.3.6.1.6.3.15.1.1.3.0"),
            UsmStat::UnknownEngineIds => oid!("1.3.6.1.6.3.15.1.1.4.0"),
            UsmStat::WrongDigests => oid!("1.3.6.1.6.3.15.1.1.5.0"),
            UsmStat::DecryptionErrors => oid!("1.3.6.1.6.3.15.1.1.6.0"),
        }
    }

    /// The counter whose instance this is.
    #[must_use]
    pub fn from_oid(name: &Oid) -> Option<Self> {
        Self::ALL.into_iter().find(|stat| stat.oid() == *name)
    }
}

impl UsmStats {
    /// Raises a counter.
    pub fn raise(&mut self, stat: UsmStat) {
        let counter = &mut self.0[stat as usize];
        *counter = counter.wrapping_add(1);
    }

    /// Reads a counter.
    #[must_use]
    pub fn get(&self, stat: UsmStat) -> u32 {
        self.0[stat as usize]
    }

    /// The counter as the binding that a Report carries.
    #[must_use]
    pub fn varbind(&self, stat: UsmStat) -> VarBind {
        VarBind::new(stat.oid(), Value::Counter32(self.get(stat)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_counter_is_its_own_and_wraps() {
        let mut stats = UsmStats([u32::MAX; 6]);
        stats.raise(UsmStat::WrongDigests);
        for stat in UsmStat::ALL {
            assert_eq!(stats.get(stat), if stat == UsmStat::WrongDigests { 0 } else { u32::MAX });
            assert_eq!(UsmStat::from_oid(&stat.oid()), Some(stat));
        }
        assert_eq!(UsmStat::from_oid(&oid!("1.3.6.1.6.3.15.1.1.7.0")), None);
        stats.raise(UsmStat::WrongDigests);
        let reported = VarBind::new(oid!("1.3.6.1.6.3.15.1.1.5.0"), Value::Counter32(1));
        assert_eq!(stats.varbind(UsmStat::WrongDigests), reported);
    }
}
