//! All profiles that are in use.

use std::sync::{Arc, LazyLock};

use super::{MeterTable, Profile, ProfileError, lint};

/// The profiles of a site: those that come with the crate, and those that were added or replaced.
///
/// ```
/// use remote_services_collect::profile::Profiles;
///
/// let own = r#"
/// schema = 1
/// manufacturer = "Example"
/// enterprises = [99999]
///
/// [[serial_number]]
/// object = "1.3.6.1.4.1.99999.1.2"
/// source = "EXAMPLE-MIB exSerial"
/// "#;
/// let profiles = Profiles::builtin().with("example.toml", own)?;
/// assert_eq!(profiles.iter().last().map(|profile| profile.manufacturer.as_str()), Some("Example"));
/// # Ok::<(), remote_services_collect::profile::ProfileError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Profiles(Arc<Vec<Arc<Profile>>>);

impl Profiles {
    /// Those that come with the crate.
    #[must_use]
    pub fn builtin() -> Self {
        static BUILTIN: LazyLock<Profiles> = LazyLock::new(|| {
            FILES.iter().fold(Profiles::none(), |profiles, (file, text)| {
                // One that is wrong is left out; a test reads them all.
                profiles.with(file, text).unwrap_or(profiles)
            })
        });
        BUILTIN.clone()
    }

    /// None at all: devices are read by the standard MIBs alone.
    #[must_use]
    pub fn none() -> Self {
        Self(Arc::default())
    }

    /// These and one more. It takes the place of the profile with the same manufacturer, in whatever case, if there is one.
    ///
    /// # Errors
    /// When the text is no profile, or claims an enterprise number or a brand of another; with line and column.
    pub fn with(&self, file: &str, text: &str) -> Result<Self, ProfileError> {
        let profile = Arc::new(lint::read(file, text)?);
        let mut all = self.0.as_ref().clone();
        all.retain(|other| !is_same_maker(&other.manufacturer, &profile.manufacturer));
        for other in &all {
            if let Some(number) = other.enterprises.iter().find(|number| profile.enterprises.contains(number))
            {
                let reason = format!("enterprise {number} belongs to {}", other.manufacturer);
                return Err(lint::about(file, text, &number.to_string(), reason));
            }
            let mine = |starts: &str| profile.brands.iter().any(|brand| brand.starts == starts);
            if let Some(brand) = other.brands.iter().find(|brand| mine(&brand.starts)) {
                let reason = format!("the brand `{}` belongs to {}", brand.starts, other.manufacturer);
                return Err(lint::about(file, text, &brand.starts, reason));
            }
        }
        all.push(profile);
        Ok(Self(Arc::new(all)))
    }

    /// Tables whose labels say what they count: those are read from a device of a maker that nobody knows, too.
    pub(crate) fn labelled(&self) -> Vec<&MeterTable> {
        let mut tables: Vec<&MeterTable> = Vec::new();
        for table in self.iter().flat_map(|profile| &profile.meter_tables).map(AsRef::as_ref) {
            let labelled = table.label.is_some() && !table.units.is_empty();
            if labelled && tables.iter().all(|other| other.value != table.value) {
                tables.push(table);
            }
        }
        tables
    }

    /// One after the other, in the order in which they are tried.
    pub fn iter(&self) -> impl Iterator<Item = &Profile> {
        self.0.iter().map(AsRef::as_ref)
    }
}

/// Whether two names are of one maker: blanks around them and case do not tell.
#[must_use]
pub fn is_same_maker(one: &str, other: &str) -> bool {
    one.trim().to_lowercase() == other.trim().to_lowercase()
}

impl Default for Profiles {
    fn default() -> Self {
        Self::builtin()
    }
}

macro_rules! files {
    ($($name:literal),* $(,)?) => {
        /// File names and texts of `profiles/`.
        const FILES: &[(&str, &str)] = &[$( ($name, include_str!(concat!("../../profiles/", $name))) ),*];
    };
}

files!(
    "xerox.toml",
    "fujifilm.toml",
    "hp.toml",
    "ricoh.toml",
    "canon.toml",
    "lexmark.toml",
    "kyocera.toml",
    "konica-minolta.toml",
    "brother.toml",
    "epson.toml",
    "oki.toml",
    "sharp.toml",
    "samsung.toml",
    "toshiba.toml",
    "zebra.toml",
    "dell.toml",
    "pantum.toml",
    "panasonic.toml",
    "extended-systems.toml",
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_of_the_folder_is_a_profile_and_is_built_in() {
        let mut profiles = Profiles::none();
        for (file, text) in FILES {
            profiles = profiles.with(file, text).unwrap_or_else(|error| panic!("{error}"));
        }
        let folder = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/profiles")).unwrap();
        let mut found: Vec<_> =
            folder.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        let mut listed: Vec<_> = FILES.iter().map(|(file, _)| (*file).to_owned()).collect();
        found.sort_unstable();
        listed.sort_unstable();
        assert_eq!(found, listed);
        assert_eq!(Profiles::builtin().iter().count(), FILES.len());
    }

    #[test]
    fn a_site_replaces_a_profile_and_cannot_take_what_is_another_makers() {
        let builtin = Profiles::builtin();
        let canon = "schema = 1\nmanufacturer = \"Canon\"\nenterprises = [1602]\n";
        let replaced = builtin.with("canon.toml", canon).unwrap();
        assert_eq!(replaced.iter().count(), builtin.iter().count());
        assert!(
            replaced
                .iter()
                .any(|profile| profile.manufacturer == "Canon" && profile.serial_number.is_empty())
        );
        // A name that is the same but for case names the same maker, and stands there once.
        let shouted =
            builtin.with("own.toml", "schema = 1\nmanufacturer = \"CANON \"\nenterprises = [7]\n").unwrap();
        let named = |profiles: &Profiles| {
            profiles.iter().filter(|profile| is_same_maker(&profile.manufacturer, "Canon")).count()
        };
        assert_eq!((named(&shouted), shouted.iter().count()), (1, builtin.iter().count()));
        let thief = "schema = 1\nmanufacturer = \"Thief\"\nenterprises = [\n  7,\n  1602,\n]\n";
        let error = builtin.with("thief.toml", thief).unwrap_err();
        assert_eq!(error.to_string(), "thief.toml:5:3: enterprise 1602 belongs to Canon");
    }
}
