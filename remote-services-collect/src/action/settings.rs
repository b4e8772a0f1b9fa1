//! Change settings of a device: objects that are listed, in one SET, read before and read back after.

use core::fmt;
use remote_services_core::command::ResultCode;
use remote_services_snmp::{Oid, Value, VarBind, oid};

use super::device::find;
use super::{Before, Device, Outcome, Seen, WriteFailure};
use crate::build::printer_index;
use crate::maker;
use crate::profile::{Index, Profiles};
use crate::store::ObjectStore;
use crate::tables::general;

/// A setting and what it is to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting {
    /// Its name: one of [`settable`].
    pub name: String,
    /// Text, or the digits of a number.
    pub value: String,
}

/// Something that can be set on a device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settable {
    /// What it is called in commands.
    pub name: String,
    /// The instance.
    pub object: Oid,
    /// Octets of the longest text.
    pub longest: usize,
}

/// Why settings cannot be written to a device.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SettingError {
    /// There are none, or more than 8.
    Count(usize),
    /// No setting of this device has the name; these there are.
    Unknown(String, Vec<String>),
    /// It stands twice.
    Twice(String),
    /// The text is longer than so many octets.
    TooLong(String, usize),
    /// The text has control characters.
    Control(String),
}

impl fmt::Display for SettingError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Count(count) => write!(f, "{count} settings: 1 to {MOST} can be written at once"),
            Self::Unknown(name, known) => {
                write!(f, "no setting of this device is called {name:?}: {}", known.join(", "))
            }
            Self::Twice(name) => write!(f, "{name} stands twice"),
            Self::TooLong(name, longest) => write!(f, "{name} has at most {longest} octets"),
            Self::Control(name) => write!(f, "{name} has control characters"),
        }
    }
}

impl core::error::Error for SettingError {}

/// Settings of one request: it must fit a small device's message.
const MOST: usize = 8;

/// Settings by standard objects: names for people, which nothing depends on. The number is the longest text by its MIB.
/// Addresses, communities and the like are not among them: who sets those wrong never reaches the device again.
pub(crate) const STANDARD: &[(&str, Oid, bool, usize)] = &[
    ("name", oid!("1.3.6.1.2.1.1.5"), false, 255),
    ("location", oid!("1.3.6.1.2.1.1.6"), false, 255),
    ("contact", oid!("1.3.6.1.2.1.1.4"), false, 255),
    ("printerName", general::PRINTER_NAME, true, 127),
    ("operator", general::CURRENT_OPERATOR, true, 127),
    ("servicePerson", general::SERVICE_PERSON, true, 127),
];

/// What can be set on a device that answered this: standard objects, and those of its maker's profile.
#[must_use]
pub fn settable(store: &ObjectStore, profiles: &Profiles) -> Vec<Settable> {
    let device = printer_index(store);
    let standard = STANDARD.iter().map(|(name, column, by_device, longest)| {
        let index = Index(vec![if *by_device { None } else { Some(0) }]);
        ((*name).to_owned(), column.clone(), index, *longest)
    });
    let profile = maker::profile(store, device, profiles);
    let makers = profile.into_iter().flat_map(|profile| &profile.settings).map(|setting| {
        (setting.name.clone(), setting.column.clone(), setting.index.clone(), setting.longest.into())
    });
    standard
        .chain(makers)
        .filter_map(|(name, column, index, longest)| {
            Some(Settable { name, object: index.below(&column, device)?, longest })
        })
        .collect()
}

/// What to write, by name.
fn bindings(settings: &[Setting], known: &[Settable]) -> Result<Vec<(String, VarBind)>, SettingError> {
    if settings.is_empty() || settings.len() > MOST {
        return Err(SettingError::Count(settings.len()));
    }
    let mut bindings: Vec<(String, VarBind)> = Vec::new();
    for Setting { name, value } in settings {
        let Some(settable) = known.iter().find(|settable| settable.name == *name) else {
            let names = known.iter().map(|settable| settable.name.clone()).collect();
            return Err(SettingError::Unknown(name.clone(), names));
        };
        if bindings.iter().any(|(other, _)| other == name) {
            return Err(SettingError::Twice(name.clone()));
        }
        if value.len() > settable.longest {
            return Err(SettingError::TooLong(name.clone(), settable.longest));
        }
        if value.chars().any(char::is_control) {
            return Err(SettingError::Control(name.clone()));
        }
        bindings.push((name.clone(), VarBind::new(settable.object.clone(), Value::from(value.as_str()))));
    }
    Ok(bindings)
}

pub(super) fn carry_out<D: Device>(
    device: &mut D,
    who: &str,
    settings: &[Setting],
) -> Result<Outcome<D::Reading>, D::Error> {
    let seen = match find(device, who)? {
        Ok(seen) => seen,
        Err(missing) => return Ok(missing.into()),
    };
    let wanted = match bindings(settings, &settable(seen.store(), &device.profiles())) {
        Ok(wanted) => wanted,
        Err(error) => return Ok(Outcome::new(ResultCode::RefusedByDevice, error.to_string(), seen)),
    };
    let before = match read(device, &seen, &wanted)? {
        Ok(values) => values,
        Err(outcome) => return Ok(Outcome { seen: Some(seen), ..outcome }),
    };
    if let Some(((name, _), _)) = wanted.iter().zip(&before).find(|(_, value)| value.is_none()) {
        let text = format!("the device has no {name}; nothing was written");
        return Ok(Outcome::new(ResultCode::RefusedByDevice, text, seen));
    }
    let differs =
        |((_, wanted), is): &(&(String, VarBind), &Option<Value>)| is.as_ref() != Some(&wanted.value);
    let news: Vec<VarBind> =
        wanted.iter().zip(&before).filter(differs).map(|((_, wanted), _)| wanted.clone()).collect();
    if news.is_empty() {
        return Ok(Outcome::new(ResultCode::Ok, "all of it is so already; nothing was written", seen));
    }
    device.keep(&Before::of(&seen))?;
    let doubt = match device.set(&seen, news)? {
        Ok(()) => None,
        Err(WriteFailure::Refused(why)) => return Ok(Outcome::new(ResultCode::RefusedByDevice, why, seen)),
        Err(WriteFailure::Unknown(why)) => Some(why),
    };
    compare(device, seen, &wanted, Some(&before), doubt.as_deref())
}

/// Whether it was written before this process ended: the values tell.
pub(super) fn look_after<D: Device>(
    device: &mut D,
    who: &str,
    settings: &[Setting],
) -> Result<Outcome<D::Reading>, D::Error> {
    let seen = match find(device, who)? {
        Ok(seen) => seen,
        Err(missing) => return Ok(missing.into()),
    };
    match bindings(settings, &settable(seen.store(), &device.profiles())) {
        Ok(wanted) => compare(device, seen, &wanted, None, Some("interrupted while writing")),
        Err(error) => Ok(Outcome::new(ResultCode::RefusedByDevice, error.to_string(), seen)),
    }
}

/// Values in the order of their names, each `None` where it is not there; or that the device does not answer.
type Values<R> = Result<Vec<Option<Value>>, Outcome<R>>;

/// What the device has of these, in their order; the outcome when it does not answer.
fn read<D: Device>(
    device: &mut D,
    seen: &D::Reading,
    wanted: &[(String, VarBind)],
) -> Result<Values<D::Reading>, D::Error> {
    let names: Vec<Oid> = wanted.iter().map(|(_, wanted)| wanted.name.clone()).collect();
    Ok(match device.get(seen, &names)? {
        Ok(found) => Ok(names
            .iter()
            .map(|name| {
                found.iter().find(|binding| binding.name == *name).map(|binding| binding.value.clone())
            })
            .collect()),
        Err(unreached) => Err(Outcome::new(unreached.code, unreached.text, None)),
    })
}

/// Reads back.
fn compare<D: Device>(
    device: &mut D,
    seen: D::Reading,
    wanted: &[(String, VarBind)],
    before: Option<&[Option<Value>]>,
    doubt: Option<&str>,
) -> Result<Outcome<D::Reading>, D::Error> {
    let after = match read(device, &seen, wanted)? {
        Ok(after) => after,
        Err(outcome) => {
            let text = format!("what was written could not be read back: {}", outcome.text);
            return Ok(Outcome { text, here: None, seen: Some(seen), ..outcome });
        }
    };
    // What was there before, and what is there instead of what was asked for, is the site's to know.
    let (mut right, mut wrong) = (Vec::new(), Vec::new());
    for (at, (name, binding)) in wanted.iter().enumerate() {
        let (is, asked) = (after[at].as_ref(), shown(Some(&binding.value)));
        if is == Some(&binding.value) {
            let was = before.and_then(|before| before[at].as_ref()).filter(|was| *was != &binding.value);
            let here = was.map(|was| format!("{name} was {} and is {asked}", shown(Some(was))));
            let told = format!("{name} is {asked}");
            right.push((here.unwrap_or_else(|| told.clone()), told));
        } else {
            wrong.push((format!("{name} is {}, not {asked}", shown(is)), format!("{name} is not {asked}")));
        }
    }
    let doubt = doubt.filter(|_| !wrong.is_empty()).map(|why| format!(" ({why})")).unwrap_or_default();
    let code = if wrong.is_empty() { ResultCode::Ok } else { ResultCode::RefusedByDevice };
    wrong.extend(right);
    let (here, told): (Vec<_>, Vec<_>) = wrong.into_iter().unzip();
    let text = format!("{}{doubt}", told.join("; "));
    Ok(Outcome::new(code, text, seen).with_words(format!("{}{doubt}", here.join("; "))))
}

fn shown(value: Option<&Value>) -> String {
    match value.and_then(Value::as_bytes) {
        Some(octets) => format!("{:?}", String::from_utf8_lossy(octets)),
        None => value.map_or_else(|| "not there".to_owned(), |value| format!("{value:?}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known() -> Vec<Settable> {
        settable(&ObjectStore::new(), &Profiles::builtin())
    }

    fn wrong(settings: &[(&str, &str)]) -> SettingError {
        let setting = |(name, value): &(&str, &str)| Setting { name: (*name).into(), value: (*value).into() };
        bindings(&settings.iter().map(setting).collect::<Vec<_>>(), &known()).unwrap_err()
    }

    #[test]
    fn only_what_is_listed_can_be_written_and_only_as_text_of_its_length() {
        assert!(
            matches!(wrong(&[("1.3.6.1.2.1.4.1.0", "1")]), SettingError::Unknown(_, names) if names.len() == 3)
        );
        assert!(matches!(wrong(&[("operator", "x")]), SettingError::Unknown(..)), "there is no printer");
        assert_eq!(wrong(&[("location", &"x".repeat(256))]), SettingError::TooLong("location".into(), 255));
        assert_eq!(wrong(&[("location", "a\nb")]), SettingError::Control("location".into()));
        assert_eq!(wrong(&[("name", "a"), ("name", "b")]), SettingError::Twice("name".into()));
        assert_eq!(wrong(&[]), SettingError::Count(0));
        assert_eq!(wrong(&[("name", "a"); 9]), SettingError::Count(9));
    }
}
