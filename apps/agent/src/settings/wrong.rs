//! A setting that has the right type and cannot be meant, and where it stands in the file.

use crate::failure::Failure;
use crate::vault::toml::line_and_column;
use std::borrow::Cow;
use std::fmt::Display;
use std::ops::Range;
use std::path::Path;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// What is wrong with a setting, in words that hold no secret.
#[derive(Clone, Debug)]
pub struct WrongSetting {
    /// The way to it from the top of the file, as far as it is known.
    way: Vec<Step>,
    /// One sentence that begins with the setting.
    pub sentence: String,
}

#[derive(Clone, Debug)]
enum Step {
    Key(String),
    Entry(usize),
}

impl WrongSetting {
    /// A setting of a section; one without a section stands at the top.
    pub(crate) fn new(section: Option<&str>, setting: &str, why: impl Display) -> Self {
        let section_name = section.map_or_else(String::new, |name| format!("[{name}] "));
        Self {
            way: section.into_iter().chain([setting]).map(|key| Step::Key(key.to_owned())).collect(),
            sentence: format!("{section_name}{setting}: {why}"),
        }
    }

    /// A section.
    pub(crate) fn of_section(section: &str, why: impl Display) -> Self {
        Self { way: vec![Step::Key(section.to_owned())], sentence: format!("[{section}]: {why}") }
    }

    /// It is this entry of the list that the setting is, counted from 0.
    pub(crate) fn entry(mut self, number: usize) -> Self {
        self.way.push(Step::Entry(number));
        self
    }

    /// The setting stands in this table of a list of its section, counted from 0.
    pub(crate) fn within(mut self, list: &str, number: usize) -> Self {
        let at = self.way.len().saturating_sub(1);
        self.way.splice(at..at, [Step::Key(list.to_owned()), Step::Entry(number)]);
        self
    }

    /// The sentence about a file with this text.
    pub(crate) fn of_file(&self, path: &Path, text: &str) -> Failure {
        let place = self.place(text).map(|at| line_and_column(text, at));
        let place =
            place.map_or_else(String::new, |(line, column)| format!(", line {line}, column {column}"));
        Failure::usage(format_args!("settings {}{place}: {}", path.display(), self.sentence))
    }

    /// Where its value begins in the text; else where the last table of the way to it has its name.
    fn place(&self, text: &str) -> Option<usize> {
        let root = DeTable::parse(text).ok()?;
        let (mut place, mut value) = (None, None::<&DeValue<'_>>);
        for step in &self.way {
            let next = match (step, value) {
                (Step::Key(key), None) => entry(root.get_ref(), key),
                (Step::Key(key), Some(DeValue::Table(table))) => entry(table, key),
                (Step::Entry(number), Some(DeValue::Array(values))) => {
                    values.get(*number).map(|value| (value.span(), value.get_ref()))
                }
                _ => None,
            };
            let Some((span, found)) = next else { break };
            (place, value) = (Some(span.start), Some(found));
        }
        place
    }
}

/// A member of a table: where to look for it, and what it is.
fn entry<'a, 'i>(table: &'a DeTable<'i>, key: &str) -> Option<(Range<usize>, &'a DeValue<'i>)> {
    let is_it = |name: &Spanned<Cow<'_, str>>| name.get_ref() == key;
    table.iter().find(|(name, _)| is_it(name)).map(|(name, value)| match value.get_ref() {
        // The table's own place may be that of its first member.
        found @ DeValue::Table(_) => (name.span(), found),
        found => (value.span(), found),
    })
}

impl From<WrongSetting> for Failure {
    fn from(wrong: WrongSetting) -> Self {
        Self::usage(wrong.sentence)
    }
}

impl Display for WrongSetting {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.sentence)
    }
}
