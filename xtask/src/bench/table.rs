//! The rows of a group, as they were measured.
use super::Line;

/// Each piece of work, with what was measured or why it was not.
#[derive(Debug, Default)]
pub struct Table {
    pub(super) rows: Vec<(String, Result<Line, String>)>,
}

impl Table {
    /// Prints each row as soon as it is measured, then all of them.
    pub(super) fn print(rows: impl Iterator<Item = (String, Result<Line, String>)>) -> Self {
        let mut table = Self::default();
        for (work, measured) in rows {
            println!("-- {}", cells(&work, &measured).join(" | "));
            table.rows.push((work, measured));
        }
        println!("\n{}", Line::HEADING.join(" | "));
        for (work, measured) in &table.rows {
            println!("{}", cells(work, measured).join(" | "));
        }
        table
    }

    /// How many goals were reached, of how many. What could not be measured was not reached.
    #[must_use]
    pub fn reached(&self) -> (usize, usize) {
        let reached = self.rows.iter().filter(|(_, row)| row.as_ref().is_ok_and(|line| line.reached));
        (reached.count(), self.rows.len())
    }
}

/// The columns of [`Line::HEADING`].
pub(super) fn cells(work: &str, measured: &Result<Line, String>) -> [String; 6] {
    match measured {
        Ok(line) => line.clone().cells(work),
        Err(why) => [work.to_owned(), "-".into(), "-".into(), "-".into(), "-".into(), why.clone()],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_could_not_be_measured_counts_as_missed() {
        let line = |reached| Line {
            goal: "<= 1".into(),
            peers: "x 2".into(),
            ours: "1".into(),
            ratio: "0.50".into(),
            reached,
        };
        let rows = [
            ("a".to_owned(), Ok(line(true))),
            ("b".to_owned(), Ok(line(false))),
            ("c".to_owned(), Err("no peer".to_owned())),
        ];
        let table = Table::print(rows.into_iter());
        assert_eq!(table.reached(), (1, 3));
        assert_eq!(cells("c", &table.rows[2].1)[5], "no peer");
    }
}
