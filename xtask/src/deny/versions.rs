//! Versions, and the ranges that `deny.toml` uses: `<1.2`, `>=1.2, <1.2.3`, `*`.

/// Major, minor, patch; what comes before a release is smaller than it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Version([u64; 3], bool);

impl Version {
    /// Reads `1`, `1.2`, `1.2.3`, `1.2.3-rc.1` and `1.2.3+build`.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let text = text.split('+').next().unwrap_or(text);
        let (numbers, before) = text.split_once('-').map_or((text, false), |(numbers, _)| (numbers, true));
        let mut version = [0; 3];
        let parts: Vec<&str> = numbers.split('.').collect();
        if parts.len() > version.len() {
            return Err(format!("{text:?} is no version"));
        }
        for (place, part) in version.iter_mut().zip(parts) {
            *place = part.parse().map_err(|_| format!("{text:?} is no version"))?;
        }
        Ok(Self(version, !before))
    }
}

/// From one version on, up to and without another.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Range {
    from: Option<Version>,
    below: Option<Version>,
}

impl Range {
    /// Reads a range.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let mut range = Self::default();
        for bound in text.split(',').map(str::trim).filter(|bound| *bound != "*") {
            if let Some(version) = bound.strip_prefix(">=") {
                range.from = Some(Version::parse(version.trim())?);
            } else if let Some(version) = bound.strip_prefix('<').filter(|rest| !rest.starts_with('=')) {
                range.below = Some(Version::parse(version.trim())?);
            } else {
                return Err(format!("{bound:?} is neither `<`, `>=` nor `*`"));
            }
        }
        Ok(range)
    }

    /// Whether the version lies in it.
    pub(super) fn matches(&self, version: &Version) -> bool {
        self.from.is_none_or(|from| from <= *version) && self.below.is_none_or(|below| *version < below)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_compared_as_numbers_and_candidates_come_before_releases() {
        let mut sorted = ["0.9.3-rc.1", "0.9.3", "0.10", "0.103.9", "0.103.13+x", "1"]
            .map(|text| Version::parse(text).expect("a version"));
        let expected = sorted;
        sorted.sort();
        assert_eq!(sorted, expected);
        for text in ["", "one", "1.2.3.4", "1..2", "<1"] {
            assert!(Version::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_range_has_its_lower_bound_and_not_its_upper_one() {
        let range = Range::parse(">=0.10.0, <0.10.1").expect("a range");
        let inside = |text| range.matches(&Version::parse(text).expect("a version"));
        assert_eq!(["0.9.9", "0.10.0", "0.10.1", "0.10.1-rc.1"].map(inside), [false, true, false, true]);
        assert!(Range::parse("*").is_ok_and(|all| all.matches(&Version([0; 3], false))));
        for text in ["", "=1", "<=1", "^1", "1.2", "<one"] {
            assert!(Range::parse(text).is_err(), "{text}");
        }
    }
}
