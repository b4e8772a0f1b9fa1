//! The page that `cargo xtask bench --report` writes: the tables, and a plot of the ratios of each.
use std::fmt::Write as _;

use super::Line;
use super::table::{Table, cells};

/// Pixels of a plot: a bar with its gap, the words before the bars, the bars to the end of the scale.
const ROW: f64 = 24.0;
const WORDS: f64 = 420.0;
const BARS: f64 = 400.0;
/// The end of the scale, which begins at its inverse: a hundredth of the peer's to a hundred times as much.
const MOST: f64 = 100.0;

/// The whole page; it needs nothing from elsewhere.
pub(super) fn page(tables: &[(&str, Table)]) -> String {
    let (reached, count) = tables.iter().map(|(_, table)| table.reached()).fold((0, 0), super::add);
    let mut page = String::from(
        "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>Ours beside the peers</title>\n\
         <style>body{font:14px sans-serif;margin:2em}td,th{padding:.2em .6em;text-align:left;\
         border-bottom:1px solid #ccc}.no{color:#a00}</style></head><body>\n<h1>Ours beside the peers</h1>\n",
    );
    let _ = writeln!(
        page,
        "<p>{reached} of {count} goals reached. The bars are ours by the best peer's in the same run, by powers of ten; \
         the line is where both are equal. Only ratios and counts of instructions are to be compared between runs.</p>"
    );
    for (name, table) in tables {
        let _ = writeln!(page, "<h2>{}</h2>", escape(name));
        page += &plot(table);
        let heading: String = Line::HEADING.iter().map(|word| format!("<th>{word}</th>")).collect();
        let _ = writeln!(page, "<table><tr>{heading}</tr>");
        for (work, measured) in &table.rows {
            let reached = measured.as_ref().is_ok_and(|line| line.reached);
            let cells: String =
                cells(work, measured).iter().map(|cell| format!("<td>{}</td>", escape(cell))).collect();
            let _ = writeln!(page, "<tr{}>{cells}</tr>", if reached { "" } else { " class=\"no\"" });
        }
        page += "</table>\n";
    }
    page + "</body></html>\n"
}

/// A bar for each row that has a ratio.
fn plot(table: &Table) -> String {
    let bars: Vec<(&str, f64, bool)> = table
        .rows
        .iter()
        .filter_map(|(work, measured)| measured.as_ref().ok().map(|line| (work, line)))
        .filter_map(|(work, line)| Some((work.as_str(), number(&line.ratio)?, line.reached)))
        .collect();
    if bars.is_empty() {
        return String::new();
    }
    let height: f64 = bars.iter().map(|_| ROW).sum();
    let equal = WORDS + at(1.0);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{:.0}\" height=\"{height:.0}\" font-size=\"12\">\n",
        WORDS + BARS + 60.0
    );
    let mut top = 0.0;
    for (work, ratio, reached) in bars {
        let end = WORDS + at(ratio);
        let colour = if reached { "#3a7" } else { "#c44" };
        let _ = writeln!(
            svg,
            "<text x=\"0\" y=\"{:.0}\">{}</text><rect x=\"{:.1}\" y=\"{:.0}\" width=\"{:.1}\" height=\"14\" \
             fill=\"{colour}\"/><text x=\"{:.0}\" y=\"{:.0}\">{ratio}</text>",
            top + 15.0,
            escape(work),
            end.min(equal),
            top + 4.0,
            (end - equal).abs().max(1.0),
            end.max(equal) + 4.0,
            top + 15.0,
        );
        top += ROW;
    }
    let _ = writeln!(
        svg,
        "<line x1=\"{equal:.1}\" x2=\"{equal:.1}\" y1=\"0\" y2=\"{height:.0}\" stroke=\"#000\"/></svg>"
    );
    svg
}

/// Where a ratio is on the scale.
fn at(ratio: f64) -> f64 {
    let share = ratio.clamp(1.0 / MOST, MOST).ln() / MOST.ln();
    BARS * (share + 1.0) / 2.0
}

/// The first number of a cell: some rows have two ratios.
fn number(cell: &str) -> Option<f64> {
    let end = cell.find(|letter: char| !letter.is_ascii_digit() && letter != '.').unwrap_or(cell.len());
    cell[..end].parse().ok().filter(|ratio: &f64| *ratio > 0.0)
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(work: &str, ratio: &str, reached: bool) -> (String, Result<Line, String>) {
        let line = Line {
            goal: "<= 0.6 x peer".into(),
            peers: "peer 10 ns".into(),
            ours: "5 ns".into(),
            ratio: ratio.into(),
            reached,
        };
        (work.to_owned(), Ok(line))
    }

    #[test]
    fn each_row_stands_in_the_table_and_those_with_a_ratio_in_the_plot() {
        let rows = vec![row("a < b", "0.50", true), row("c", "-", false), row("d", "2.00, 3.00", false)];
        let page = page(&[("snmp", Table { rows })]);
        assert!(page.contains("1 of 3 goals reached"), "{page}");
        assert_eq!(page.matches("<rect ").count(), 2);
        assert_eq!(page.matches("<tr").count(), 4);
        assert!(page.contains("<td>a &lt; b</td>") && !page.contains("a < b"));
        assert!(page.contains("fill=\"#3a7\"") && page.contains("fill=\"#c44\""));
    }

    #[test]
    fn the_scale_is_by_powers_of_ten_and_has_ends() {
        assert!((at(1.0) - BARS / 2.0).abs() < 1e-9);
        assert!((at(10.0) - BARS * 0.75).abs() < 1e-9 && (at(0.1) - BARS * 0.25).abs() < 1e-9);
        assert!((at(1e9) - BARS).abs() < 1e-9 && at(1e-9).abs() < 1e-9);
        assert_eq!(
            (number("0.45"), number("1.20, 0.9"), number("-"), number("0")),
            (Some(0.45), Some(1.2), None, None)
        );
    }
}
