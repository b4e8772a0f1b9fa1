use crate::mode::SecurityMode;

/// What is taken out. The manifest of every payload names the profile.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RedactionProfile {
    /// Nothing: for the display on site only.
    None,
    /// Personal data and customer content.
    #[default]
    Default,
    /// That, and all that tells of place, network and people.
    Strict,
    /// Personal data, and the addresses of agent and device wherever they stand.
    Lockdown,
    /// What the site's own rules say.
    Custom,
}

impl RedactionProfile {
    const ALL: [Self; 5] = [Self::None, Self::Default, Self::Strict, Self::Lockdown, Self::Custom];

    /// The profile under which a client in this mode sends, if the site chose no other.
    #[must_use]
    pub const fn of(mode: SecurityMode) -> Self {
        match mode {
            SecurityMode::Normal => Self::Default,
            SecurityMode::Lockdown => Self::Lockdown,
        }
    }

    /// The word in manifests and on the command line.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Default => "default",
            Self::Strict => "strict",
            Self::Lockdown => "lockdown",
            Self::Custom => "custom",
        }
    }

    /// The profile with this label.
    #[must_use]
    pub fn from_label(label: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|profile| profile.label() == label)
    }
}
