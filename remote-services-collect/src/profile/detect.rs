//! Which maker a text or a sysObjectID speaks of.

use remote_services_snmp::{Oid, oid};

use super::{Profile, Profiles};

impl Profiles {
    /// The maker with the enterprise number of a sysObjectID.
    #[must_use]
    pub fn of_object_id(&self, id: &Oid) -> Option<&Profile> {
        let number = enterprise(id)?;
        self.iter().find(|profile| profile.enterprises.contains(&number))
    }

    /// The maker whose brand a text starts with, and the name of the brand.
    #[must_use]
    pub fn of_text(&self, text: &str) -> Option<(&Profile, &str)> {
        let text = text.trim().to_lowercase();
        self.iter().find_map(|profile| Some((profile, profile.brand(&text)?)))
    }
}

impl Profile {
    /// The brand of this maker that a text starts with: the longest that fits.
    #[must_use]
    pub fn brand(&self, text: &str) -> Option<&str> {
        let text = text.trim().to_lowercase();
        let starts = |word: &str| {
            // A whole word: "hp" is not "hpux", and "oki" not "okipage".
            text.strip_prefix(word)
                .is_some_and(|rest| word.ends_with(' ') || !rest.starts_with(|c: char| c.is_alphanumeric()))
        };
        let fits = self.brands.iter().filter(|brand| starts(&brand.starts));
        fits.max_by_key(|brand| brand.starts.len()).map(|brand| brand.name.as_str())
    }

    /// Whether a device with this sysObjectID is a printer by that alone.
    #[must_use]
    pub fn makes_printers_below(&self, id: &Oid) -> bool {
        match &self.printers_below {
            Some(root) => id.starts_with(root),
            None => enterprise(id).is_some_and(|number| self.enterprises.contains(&number)),
        }
    }
}

/// The enterprise number of a sysObjectID: the arc below 1.3.6.1.4.1.
#[must_use]
pub fn enterprise(id: &Oid) -> Option<u32> {
    id.strip_prefix(&oid!("1.3.6.1.4.1"))?.next()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_brand_is_a_whole_word_at_the_start() {
        let profiles = Profiles::builtin();
        let brand = |text| profiles.of_text(text).map(|(_, brand)| brand);
        assert_eq!(brand("HP Color LaserJet Pro M252dw"), Some("HP"));
        assert_eq!(brand("Hewlett-Packard"), Some("HP"));
        assert_eq!(brand("HPUX server"), None);
        assert_eq!(brand("FUJI XEROX ApeosPort-VI C4471"), Some("FUJI XEROX"));
        assert_eq!(brand("Xerox AltaLink"), Some("Xerox"));
        assert_eq!(brand("UTAX P-4531DN"), Some("UTAX"));
        assert_eq!(brand("Generic 28C-1"), None);
    }

    #[test]
    fn makers_of_other_things_have_a_subtree_for_printers() {
        let profiles = Profiles::builtin();
        let hp = profiles.of_object_id(&oid!("1.3.6.1.4.1.11.2.3.7.11.160")).unwrap();
        assert!(!hp.makes_printers_below(&oid!("1.3.6.1.4.1.11.2.3.7.11.160")));
        assert!(hp.makes_printers_below(&oid!("1.3.6.1.4.1.11.2.3.9.1")));
        assert!(profiles.of_object_id(&oid!("1.3.6.1.4.1.8072.3.2.10")).is_none());
    }
}
