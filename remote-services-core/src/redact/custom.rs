//! A site's own rules: which elements to withhold, to replace by pseudonyms or to keep.

use super::part::Element;
use alloc::borrow::ToOwned;
use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

/// What to do with an element.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "camelCase"))]
#[non_exhaustive]
pub enum Treatment {
    /// It is sent; addresses in lockdown, e-mail addresses and the like are still taken out of its text.
    Keep,
    /// Its text is replaced by a pseudonym under the site's key; without a key it is withheld.
    Pseudonym,
    /// It is taken out, and the header says so.
    Withhold,
}

/// The profile that a site's rules change.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "camelCase"))]
#[non_exhaustive]
pub enum Base {
    /// The default profile.
    #[default]
    Default,
    /// The strict profile.
    Strict,
}

/// A site's settings for redaction, as TOML or JSON have them (feature `serde`).
///
/// ```toml
/// name = "acme"            # the manifest says "custom.acme"
/// base = "default"         # or "strict"
/// [[rules]]
/// element = "Identity/Location"
/// do = "withhold"          # or "pseudonym", "keep"
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "kebab-case", deny_unknown_fields, default))]
pub struct CustomSettings {
    /// What the manifest calls the profile: letters, digits, `.`, `_`, `-`; at most 40.
    pub name: Option<String>,
    /// What the rules change.
    pub base: Base,
    /// The rules; an element has one at most.
    pub rules: Vec<CustomRule>,
}

/// One rule of a site.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(deny_unknown_fields))]
pub struct CustomRule {
    /// Path from the kind's root, without positions: `Identity/Location`, `Status/Alert/Description`.
    pub element: String,
    /// What to do with it.
    #[cfg_attr(feature = "serde", serde(rename = "do"))]
    pub treatment: Treatment,
}

/// Rules of a site that were checked: every element exists and can be treated so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CustomProfile {
    label: String,
    base: Base,
    rules: BTreeMap<String, Treatment>,
}

impl CustomProfile {
    /// Checks a site's settings against the model.
    ///
    /// # Errors
    /// The first rule that names no element, or asks for what the element cannot do.
    pub fn new(settings: CustomSettings) -> Result<Self, CustomError> {
        let label = match settings.name {
            None => "custom".to_owned(),
            Some(name) if is_name(&name) => alloc::format!("custom.{name}"),
            Some(name) => return Err(CustomError { element: name, fault: CustomFault::Name }),
        };
        let elements = super::elements();
        let mut rules = BTreeMap::new();
        for CustomRule { element, treatment } in settings.rules {
            let fault = match elements.iter().find(|known| known.path == element) {
                None => Some(CustomFault::UnknownElement),
                Some(known) => fault_of(known, treatment),
            };
            if let Some(fault) = fault {
                return Err(CustomError { element, fault });
            }
            if rules.insert(element.clone(), treatment).is_some() {
                return Err(CustomError { element, fault: CustomFault::Twice });
            }
        }
        Ok(Self { label, base: settings.base, rules })
    }

    pub(super) fn label(&self) -> &str {
        &self.label
    }

    pub(super) fn base(&self) -> Base {
        self.base
    }

    pub(super) fn treatment(&self, path: &str) -> Option<Treatment> {
        self.rules.get(path).copied()
    }
}

fn fault_of(element: &Element, treatment: Treatment) -> Option<CustomFault> {
    match treatment {
        Treatment::Withhold if !element.optional && !element.text => Some(CustomFault::Required),
        Treatment::Pseudonym if !element.text => Some(CustomFault::NoText),
        _ => None,
    }
}

/// `custom.` and this must fit a name in the manifest, with `-lockdown` behind it.
fn is_name(name: &str) -> bool {
    (1..=40).contains(&name.len())
        && name.bytes().all(|octet| octet.is_ascii_alphanumeric() || b"._-".contains(&octet))
}

/// Why a site's rules cannot be used. Blame: who wrote them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CustomError {
    /// The element, or the name of the profile.
    pub element: String,
    /// What is wrong with it.
    pub fault: CustomFault,
}

/// What is wrong with a site's rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CustomFault {
    /// The name of the profile has other characters than the manifest allows.
    Name,
    /// The model has no such element.
    UnknownElement,
    /// The schema demands it, and it is no text that could be replaced by a mark.
    Required,
    /// Only texts have pseudonyms.
    NoText,
    /// There is a rule for it already.
    Twice,
}

impl fmt::Display for CustomError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let element = &self.element;
        match self.fault {
            CustomFault::Name => {
                write!(f, "{element:?} cannot name a profile: letters, digits, '.', '_', '-', at most 40")
            }
            CustomFault::UnknownElement => write!(f, "no element is called {element:?}"),
            CustomFault::Required => {
                write!(f, "{element} cannot be withheld, the schema demands it; withhold what it stands in")
            }
            CustomFault::NoText => write!(f, "{element} is no text, so it can have no pseudonym"),
            CustomFault::Twice => write!(f, "{element} has two rules"),
        }
    }
}

impl core::error::Error for CustomError {}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;

    fn check(element: &str, treatment: Treatment) -> Result<CustomProfile, CustomError> {
        let rules = alloc::vec![CustomRule { element: element.into(), treatment }];
        CustomProfile::new(CustomSettings { rules, ..CustomSettings::default() })
    }

    #[test]
    fn a_rule_must_name_an_element_and_what_it_can_do() {
        assert!(check("Identity/Location", Treatment::Pseudonym).is_ok());
        assert!(check("Status/Alert", Treatment::Withhold).is_ok());
        assert!(check("Counters/LifeCount/@marker", Treatment::Withhold).is_ok());
        for (element, treatment, fault) in [
            ("Identity/Lokation", Treatment::Withhold, CustomFault::UnknownElement),
            ("Counters/Epoch", Treatment::Withhold, CustomFault::Required),
            ("Agent/Host", Treatment::Withhold, CustomFault::Required),
            ("Status/Uptime", Treatment::Pseudonym, CustomFault::NoText),
        ] {
            assert_eq!(check(element, treatment).unwrap_err().fault, fault, "{element}");
        }
        let error = check("Counters/Epoch", Treatment::Withhold).unwrap_err().to_string();
        assert!(error.starts_with("Counters/Epoch cannot be withheld"), "{error}");
    }

    #[test]
    fn a_name_must_fit_the_manifest() {
        for (name, fits) in [("acme", true), ("A.b_c-1", true), ("", false), ("a b", false), ("ä", false)] {
            let settings = CustomSettings { name: Some(name.into()), ..CustomSettings::default() };
            assert_eq!(CustomProfile::new(settings).is_ok(), fits, "{name}");
        }
    }

    #[test]
    fn an_element_has_one_rule() {
        let rule = CustomRule { element: "Identity/Location".into(), treatment: Treatment::Keep };
        let settings = CustomSettings { rules: alloc::vec![rule.clone(), rule], ..CustomSettings::default() };
        assert_eq!(CustomProfile::new(settings).unwrap_err().fault, CustomFault::Twice);
    }
}
