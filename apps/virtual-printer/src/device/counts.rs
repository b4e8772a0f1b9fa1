//! What a printer has counted since it was made, and which of it an object shows.

use std::fmt;
use std::str::FromStr;

/// A kind of work that makes impressions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Service {
    /// Jobs from the network.
    Print,
    /// Sheets on the glass.
    Copy,
    /// Faxes that came in.
    Fax,
}

/// What an impression is made with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Color {
    /// Black alone.
    Mono,
    /// All colorants.
    Full,
}

/// One number that a printer can show. In text as in the `# live:` lines of a recording: `impressions`, `copy.color`,
/// `scan`, `duplex.sides` and so on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Counter {
    /// Printed sides, of one service or all, in one colour or all.
    Impressions(Option<Service>, Option<Color>),
    /// Scanned sides.
    Scans,
    /// Sheets of paper.
    Sheets,
    /// Sheets with two printed sides; those in black alone.
    DuplexSheets(Option<Color>),
    /// Sides of such sheets.
    DuplexSides,
}

/// Counts since the printer was switched on for the first time. They only grow, and add up: all sides are those printed,
/// copied and faxed, and the black and the coloured ones.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// By service, by colour.
    impressions: [[u64; 2]; 3],
    scans: u64,
    sheets: u64,
    duplex_sheets: [u64; 2],
}

impl Counts {
    /// One printed side.
    pub fn impression(&mut self, service: Service, color: Color) {
        self.impressions[service as usize][color as usize] += 1;
    }

    /// Many printed sides, each on a sheet of its own.
    pub fn add(&mut self, service: Service, color: Color, sides: u64) {
        self.impressions[service as usize][color as usize] += sides;
        self.sheets += sides;
    }

    /// One sheet.
    pub fn sheet(&mut self, color: Color, two_sides: bool) {
        self.sheets += 1;
        if two_sides {
            self.duplex_sheets[color as usize] += 1;
        }
    }

    /// Scanned sides.
    pub fn scan(&mut self, sides: u32) {
        self.scans += u64::from(sides);
    }

    /// One of the numbers.
    #[must_use]
    pub fn of(&self, counter: Counter) -> u64 {
        match counter {
            Counter::Impressions(service, color) => {
                let rows = self.impressions.iter().enumerate();
                let rows = rows.filter(|(at, _)| service.is_none_or(|service| service as usize == *at));
                rows.map(|(_, row)| of_color(row, color)).sum()
            }
            Counter::Scans => self.scans,
            Counter::Sheets => self.sheets,
            Counter::DuplexSheets(color) => of_color(&self.duplex_sheets, color),
            Counter::DuplexSides => 2 * of_color(&self.duplex_sheets, None),
        }
    }
}

fn of_color(row: &[u64; 2], color: Option<Color>) -> u64 {
    color.map_or(row[0] + row[1], |color| row[color as usize])
}

/// A word that names no counter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownCounter(pub String);

impl fmt::Display for UnknownCounter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{:?} is no counter: impressions, print, copy or fax, with .mono or .color; scan, sheets, duplex, \
             duplex.mono, duplex.sides",
            self.0
        )
    }
}

impl std::error::Error for UnknownCounter {}

impl FromStr for Counter {
    type Err = UnknownCounter;

    fn from_str(text: &str) -> Result<Self, UnknownCounter> {
        let unknown = || UnknownCounter(text.to_owned());
        let (what, which) = text.split_once('.').map_or((text, None), |(what, which)| (what, Some(which)));
        let color = match which {
            None => None,
            Some("mono") => Some(Color::Mono),
            Some("color") => Some(Color::Full),
            Some("sides") if what == "duplex" => return Ok(Self::DuplexSides),
            Some(_) => return Err(unknown()),
        };
        let service = match what {
            "impressions" => None,
            "print" => Some(Service::Print),
            "copy" => Some(Service::Copy),
            "fax" => Some(Service::Fax),
            "duplex" => return Ok(Self::DuplexSheets(color)),
            "scan" if color.is_none() => return Ok(Self::Scans),
            "sheets" if color.is_none() => return Ok(Self::Sheets),
            _ => return Err(unknown()),
        };
        Ok(Self::Impressions(service, color))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_sides_are_those_of_the_services_and_of_the_colours() {
        let mut counts = Counts::default();
        for (service, color) in
            [(Service::Print, Color::Mono), (Service::Print, Color::Full), (Service::Copy, Color::Full)]
        {
            counts.impression(service, color);
        }
        counts.sheet(Color::Full, true);
        counts.sheet(Color::Mono, false);
        let of = |word: &str| counts.of(word.parse().unwrap());
        assert_eq!(of("impressions"), of("print") + of("copy") + of("fax"));
        assert_eq!(of("impressions"), of("impressions.mono") + of("impressions.color"));
        assert_eq!((of("print.mono"), of("copy.color"), of("copy.mono")), (1, 1, 0));
        assert_eq!((of("sheets"), of("duplex"), of("duplex.mono"), of("duplex.sides")), (2, 1, 0, 2));
    }

    #[test]
    fn a_word_that_is_no_counter_is_refused() {
        for word in ["", "pages", "print.blue", "scan.mono", "print.sides"] {
            assert!(word.parse::<Counter>().is_err(), "{word}");
        }
    }
}
