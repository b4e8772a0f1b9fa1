//! A test page in a language that the device prints.

use core::fmt;
use remote_services_core::properties::{Interpreter, InterpreterFamily};

/// The language of a test page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PageLanguage {
    /// PostScript, level 1 operators only.
    PostScript,
    /// PCL 5, text and two escape sequences only.
    Pcl,
    /// ASCII lines and a form feed.
    Text,
}

/// The bytes of a print job of one page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TestPage {
    /// In which language.
    pub language: PageLanguage,
    /// What to send to the [raw port](super::raw_port()) or by LPR, then close the connection.
    pub bytes: Vec<u8>,
}

/// The device prints none of the languages that a test page can be written in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoLanguage {
    /// What it prints instead.
    pub offered: Vec<InterpreterFamily>,
}

impl fmt::Display for NoLanguage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no test page in a language of this device, which prints")?;
        for (position, family) in self.offered.iter().enumerate() {
            write!(f, "{} {family}", if position == 0 { "" } else { "," })?;
        }
        Ok(())
    }
}

impl core::error::Error for NoLanguage {}

/// A page with these lines, of which the first is the title, in the best language that the interpreters offer: PostScript, PCL, plain
/// text. A device that names no interpreters gets plain text. Where PJL is offered it wraps the job, so that the
/// device takes the right language whatever its default.
///
/// At most 50 lines of 80 characters are printed; what is not ASCII is printed as `?`, because no font
/// can be relied on.
///
/// # Errors
/// When the device names interpreters and none of them fits.
pub fn test_page(interpreters: &[Interpreter], lines: &[&str]) -> Result<TestPage, NoLanguage> {
    let families: Vec<InterpreterFamily> = interpreters.iter().filter_map(|i| i.family.clone()).collect();
    let offers = |wanted: &[InterpreterFamily]| families.iter().any(|family| wanted.contains(family));
    let language = if offers(POSTSCRIPT) {
        PageLanguage::PostScript
    } else if offers(PCL) {
        PageLanguage::Pcl
    } else if families.is_empty() || offers(TEXT) {
        PageLanguage::Text
    } else {
        return Err(NoLanguage { offered: families });
    };
    let lines: Vec<String> = lines.iter().take(50).map(|line| printable(line)).collect();
    let body = match language {
        PageLanguage::PostScript => postscript(&lines),
        PageLanguage::Pcl => pcl(&lines),
        PageLanguage::Text => format!("{}\r\n\x0c", lines.join("\r\n")),
    };
    let bytes = match (offers(&[InterpreterFamily::LangPJL]), language) {
        (true, PageLanguage::PostScript) => pjl("POSTSCRIPT", &body),
        (true, PageLanguage::Pcl) => pjl("PCL", &body),
        (false, PageLanguage::PostScript) => format!("{body}\x04"),
        _ => body,
    };
    Ok(TestPage { language, bytes: bytes.into_bytes() })
}

const POSTSCRIPT: &[InterpreterFamily] = &[
    InterpreterFamily::LangPS,
    InterpreterFamily::LangPS2,
    InterpreterFamily::LangPS3,
    InterpreterFamily::LangPSPrinter,
];
const PCL: &[InterpreterFamily] = &[
    InterpreterFamily::LangPCL,
    InterpreterFamily::LangPCL3,
    InterpreterFamily::LangPCL5e,
    InterpreterFamily::LangPCL5c,
];
/// Languages in which ASCII lines print as they are.
const TEXT: &[InterpreterFamily] = &[
    InterpreterFamily::LangSimpleText,
    InterpreterFamily::LangLinePrinter,
    InterpreterFamily::LangAutomatic,
    InterpreterFamily::LangEscapeP,
    InterpreterFamily::LangEpson,
    InterpreterFamily::LangPPDS,
    InterpreterFamily::LangPrescribe,
];

/// Universal exit language, the language, the job, and out again.
fn pjl(language: &str, body: &str) -> String {
    const EXIT: &str = "\x1b%-12345X";
    format!(
        "{EXIT}@PJL JOB NAME = \"Test page\"\r\n@PJL ENTER LANGUAGE = {language}\r\n{body}{EXIT}@PJL EOJ\r\n{EXIT}"
    )
}

/// Courier at 10 points from the top of the page down; 36 points from the left fits Letter and A4.
fn postscript(lines: &[String]) -> String {
    let mut page =
        String::from("%!PS-Adobe-3.0\n%%Pages: 1\n%%EndComments\n/Courier findfont 10 scalefont setfont\n");
    for (number, line) in (1..).zip(lines) {
        let escaped: String = line
            .chars()
            .flat_map(|c| matches!(c, '(' | ')' | '\\').then_some('\\').into_iter().chain([c]))
            .collect();
        page.push_str(&format!("36 {} moveto ({escaped}) show\n", 750 - 13 * number));
    }
    page.push_str("showpage\n%%EOF\n");
    page
}

/// Reset, the ASCII symbol set and a fixed-width font, the lines, form feed, reset.
fn pcl(lines: &[String]) -> String {
    format!("\x1bE\x1b(0U\x1b(s0p10h12v0s0b3T{}\r\n\x0c\x1bE", lines.join("\r\n"))
}

/// No control characters, so that no line can hold a command of its own.
fn printable(line: &str) -> String {
    line.chars().take(80).map(|c| if matches!(c, ' '..='~') { c } else { '?' }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn interpreters(families: &[InterpreterFamily]) -> Vec<Interpreter> {
        families
            .iter()
            .map(|family| Interpreter { family: Some(family.clone()), ..Interpreter::default() })
            .collect()
    }

    fn page(families: &[InterpreterFamily], lines: &[&str]) -> (PageLanguage, String) {
        let page = test_page(&interpreters(families), lines).unwrap();
        (page.language, String::from_utf8(page.bytes).unwrap())
    }

    #[test]
    fn the_best_language_offered_is_taken_and_pjl_names_it() {
        use InterpreterFamily::{LangPCL, LangPJL, LangPS, LangSimpleText};
        let (language, text) = page(&[LangPCL, LangPJL, LangPS], &["Hello (1)"]);
        assert_eq!(language, PageLanguage::PostScript);
        assert!(text.starts_with("\x1b%-12345X@PJL JOB"));
        assert!(text.contains("ENTER LANGUAGE = POSTSCRIPT\r\n%!PS-Adobe-3.0"));
        assert!(text.contains("(Hello \\(1\\)) show"));
        assert!(text.ends_with("@PJL EOJ\r\n\x1b%-12345X"));

        let (language, text) = page(&[LangPCL], &["Hello"]);
        assert_eq!(language, PageLanguage::Pcl);
        assert!(text.starts_with("\x1bE") && text.ends_with("\x0c\x1bE") && !text.contains("PJL"));

        let (language, text) = page(&[LangSimpleText], &["Hello", "again"]);
        assert_eq!((language, text.as_str()), (PageLanguage::Text, "Hello\r\nagain\r\n\x0c"));
        assert!(page(&[LangPS], &["x"]).1.ends_with("%%EOF\n\x04"));
    }

    #[test]
    fn a_device_that_names_nothing_gets_text_and_one_that_fits_nothing_gets_nothing() {
        assert_eq!(page(&[], &["x"]).0, PageLanguage::Text);
        let error = test_page(&interpreters(&[InterpreterFamily::LangIPDS]), &["x"]).unwrap_err();
        assert_eq!(error.to_string(), "no test page in a language of this device, which prints langIPDS");
    }

    #[test]
    fn a_line_cannot_carry_commands() {
        let (_, text) = page(&[InterpreterFamily::LangPCL], &["\x1b%-12345X@PJL FORMAT DISK\r\n"]);
        assert!(!text.contains("\x1b%-12345X"));
    }
}
