//! The printer job language: what a job says about itself, and what it asks the printer.
//!
//! Commands are lines that begin with `@PJL`, at the start of a job or behind the universal exit (`ESC %-12345X`). Known are
//! `JOB NAME`, `EOJ`, `SET`/`DEFAULT` of `COPIES`, `QTY`, `DUPLEX`, `RENDERMODE`, `USERNAME` and `JOBNAME`, `RDYMSG`, `ECHO`, `INFO ID`,
//! `INFO STATUS`, `INFO PAGECOUNT`, `USTATUS DEVICE`, `USTATUSOFF` and `ENTER LANGUAGE`. Others are passed over.

/// What a job asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Question {
    /// `@PJL INFO ID`
    Id,
    /// `@PJL INFO STATUS`
    Status,
    /// `@PJL INFO PAGECOUNT`
    PageCount,
    /// `@PJL INFO` about something else.
    Unknown(String),
    /// `@PJL ECHO`
    Echo(String),
    /// `@PJL USTATUS DEVICE=ON`: tell of changes from now on; and off again.
    Unsolicited(bool),
    /// `@PJL RDYMSG DISPLAY="…"`
    ReadyMessage(String),
}

/// What a job says about itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Told {
    pub(crate) name: String,
    pub(crate) user: String,
    pub(crate) copies: u32,
    pub(crate) two_sided: bool,
    pub(crate) color: bool,
}

/// The longest text of a job that is kept.
const LONGEST: usize = 255;
/// The most copies that are believed.
const MOST_COPIES: u32 = 999;

/// Reads one line without its end; a question comes back.
pub(crate) fn line(line: &str, told: &mut Told) -> Option<Question> {
    let rest = line.strip_prefix("@PJL")?.trim();
    let (word, rest) =
        rest.split_once(char::is_whitespace).map_or((rest, ""), |(word, rest)| (word, rest.trim()));
    match word.to_ascii_uppercase().as_str() {
        "INFO" => {
            return Some(match rest.to_ascii_uppercase().as_str() {
                "ID" => Question::Id,
                "STATUS" => Question::Status,
                "PAGECOUNT" => Question::PageCount,
                _ => Question::Unknown(short(rest)),
            });
        }
        "ECHO" => return Some(Question::Echo(short(rest))),
        "USTATUS" => {
            let (what, how) = pair(rest)?;
            return (what == "DEVICE").then(|| Question::Unsolicited(!how.eq_ignore_ascii_case("OFF")));
        }
        "USTATUSOFF" => return Some(Question::Unsolicited(false)),
        "RDYMSG" => {
            let (what, text) = pair(rest)?;
            return (what == "DISPLAY").then_some(Question::ReadyMessage(text));
        }
        "JOB" => {
            if let Some((what, name)) = pair(rest)
                && what == "NAME"
            {
                told.name = name;
            }
        }
        "SET" | "DEFAULT" => set(&pair(rest)?, told),
        _ => {}
    }
    None
}

fn set((what, value): &(String, String), told: &mut Told) {
    match what.as_str() {
        "COPIES" | "QTY" => told.copies = value.parse().unwrap_or(1).clamp(1, MOST_COPIES),
        "DUPLEX" => told.two_sided = value.eq_ignore_ascii_case("ON"),
        "RENDERMODE" => told.color = value.eq_ignore_ascii_case("COLOR"),
        "USERNAME" => told.user.clone_from(value),
        "JOBNAME" => told.name.clone_from(value),
        _ => {}
    }
}

/// `NAME = "value"` or `NAME=value`.
fn pair(text: &str) -> Option<(String, String)> {
    let (what, value) = text.split_once('=')?;
    let value = value.trim();
    let value = match value.strip_prefix('"') {
        Some(quoted) => quoted.split('"').next().unwrap_or(""),
        None => value.split_whitespace().next().unwrap_or(""),
    };
    Some((what.trim().to_ascii_uppercase(), short(value)))
}

fn short(text: &str) -> String {
    text.chars().filter(|letter| !letter.is_control()).take(LONGEST).collect()
}

/// The number and words of `INFO STATUS` for a state: 10001 ready, 10023 printing, 35078 asleep, 40000 stopped.
pub(crate) fn status(code: u32, display: &str, online: bool) -> String {
    let display = display.replace('"', "'");
    let online = if online { "TRUE" } else { "FALSE" };
    format!("CODE={code}\r\nDISPLAY=\"{display}\"\r\nONLINE={online}\r\n")
}

/// An answer: its heading, its lines, and the form feed that ends it.
pub(crate) fn answer(heading: &str, lines: &str) -> Vec<u8> {
    format!("@PJL {heading}\r\n{lines}\x0C").into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_job_says_what_it_is_and_asks() {
        let mut told = Told::default();
        for text in [
            "@PJL JOB NAME = \"Quarterly report\" DISPLAY = \"x\"",
            "@PJL SET USERNAME=\"jane\"",
            "@PJL SET COPIES=3",
            "@pjl SET DUPLEX=ON",
            "@PJL SET DUPLEX=ON",
            "@PJL SET RENDERMODE=COLOR",
            "@PJL COMMENT nothing",
        ] {
            assert_eq!(line(text, &mut told), None, "{text}");
        }
        let expected = Told {
            name: "Quarterly report".to_owned(),
            user: "jane".to_owned(),
            copies: 3,
            two_sided: true,
            color: true,
        };
        assert_eq!(told, expected);
        let mut ask = |text| line(text, &mut told);
        assert_eq!(ask("@PJL INFO ID"), Some(Question::Id));
        assert_eq!(ask("@PJL INFO pagecount"), Some(Question::PageCount));
        assert_eq!(ask("@PJL USTATUS DEVICE = VERBOSE"), Some(Question::Unsolicited(true)));
        assert_eq!(
            ask("@PJL RDYMSG DISPLAY = \"Out of\x07 office\""),
            Some(Question::ReadyMessage("Out of office".to_owned()))
        );
        assert_eq!(ask("@PJL ECHO 42"), Some(Question::Echo("42".to_owned())));
    }
}
