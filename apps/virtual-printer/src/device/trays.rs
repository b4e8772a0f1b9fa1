//! Paper in the trays (prtInputTable).

use remote_services_snmp::Oid;

/// What a recording says of one tray.
#[derive(Clone, Debug)]
pub struct TrayRow {
    /// prtInputIndex.
    pub index: u32,
    /// prtInputName, or prtInputDescription.
    pub name: String,
    /// prtInputCurrentLevel of this row.
    pub level_name: Oid,
    /// prtInputStatus of this row.
    pub status_name: Oid,
    /// prtInputMaxCapacity in sheets; 250 where the agent does not tell.
    pub max: u32,
    /// prtInputCurrentLevel in the recording.
    pub level: i32,
    /// prtInputStatus in the recording.
    pub status: i32,
    /// Whether sheets are fed one by one by hand: such a tray is used only when it is all there is.
    pub by_hand: bool,
}

/// Sheets in one tray.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tray {
    /// Sheets that are in it.
    pub sheets: u32,
    touched: bool,
}

/// Unavailable on request(1) with a non-critical alert(8): PrtSubUnitStatusTC of RFC 3805.
const EMPTY: i32 = 9;

impl TrayRow {
    /// The tray as the recording has it: half full where the agent tells no number.
    #[must_use]
    pub fn as_recorded(&self) -> Tray {
        let sheets = u32::try_from(self.level).unwrap_or(self.max / 2);
        Tray { sheets, touched: false }
    }

    /// A tray filled to the brim, or emptied.
    #[must_use]
    pub fn with(&self, full: bool) -> Tray {
        Tray { sheets: if full { self.max } else { 0 }, touched: true }
    }

    /// prtInputCurrentLevel: -3 as long as the agent tells no number and something is left.
    #[must_use]
    pub fn level(&self, tray: Tray) -> i32 {
        match self.level {
            0.. => i32::try_from(tray.sheets).unwrap_or(i32::MAX),
            -3 if tray.sheets > 0 => -3,
            -3 => 0,
            other => other,
        }
    }

    /// prtInputStatus.
    #[must_use]
    pub fn status(&self, tray: Tray) -> i32 {
        match (tray.touched, tray.sheets) {
            (false, _) => self.status,
            (true, 0) => EMPTY,
            (true, _) => 0,
        }
    }

    /// Whether there is less than a tenth left.
    #[must_use]
    pub fn is_low(&self, tray: Tray) -> bool {
        tray.sheets * 10 < self.max
    }
}

impl Tray {
    /// Takes a sheet; `false` when there is none.
    pub fn take(&mut self) -> bool {
        let there = self.sheets > 0;
        self.sheets = self.sheets.saturating_sub(1);
        self.touched |= there;
        there
    }
}
