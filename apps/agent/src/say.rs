//! Lines for the person at the terminal, while the work goes on.
//!
//! `println!` panics when the reader went away (`| head`); what is only told must not end what is being done. Results
//! that a script waits for go through [`crate::cli::print`] instead, which does say when they could not be written.

use crate::present::printable;
use std::fmt::Arguments;
use std::io::{self, Write};

/// A line on standard output.
macro_rules! say {
    ($($text:tt)*) => { $crate::say::line(std::io::stdout(), format_args!($($text)*)) };
}

/// A line on standard error.
macro_rules! tell {
    ($($text:tt)*) => { $crate::say::line(std::io::stderr(), format_args!($($text)*)) };
}

/// Devices and servers have a word in most lines, so what a terminal would carry out is shown instead.
pub(crate) fn line(mut out: impl Write, text: Arguments<'_>) {
    let shown = text.to_string().split('\n').map(printable).collect::<Vec<_>>().join("\n");
    // Nobody is left to tell that telling did not work.
    let _: io::Result<()> = out.write_fmt(format_args!("{shown}\n")).and_then(|()| out.flush());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_is_told_reaches_the_terminal_as_a_command() {
        let mut out = Vec::new();
        line(&mut out, format_args!("a table\nand {}", "\u{1b}]0;owned\u{7}"));
        assert_eq!(String::from_utf8(out).unwrap(), "a table\nand \u{FFFD}]0;owned\u{FFFD}\n");
    }

    #[test]
    fn a_reader_that_went_away_ends_nothing() {
        let (reader, mut writer) = io::pipe().unwrap();
        drop(reader);
        line(&mut writer, format_args!("nobody hears this"));
        assert_eq!(writer.write(b"nor this").unwrap_err().kind(), io::ErrorKind::BrokenPipe);
    }
}
