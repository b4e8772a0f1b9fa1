//! Security modes.

/// How much of the remote services the customer allows. Enforced on the client.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "camelCase"))]
pub enum SecurityMode {
    /// Daily contact; commands and remote settings as each is allowed.
    #[default]
    Normal,
    /// Nothing but device data: no commands, no remote settings, no IP addresses sent.
    Lockdown,
}

impl SecurityMode {
    /// The word in schemas and on the command line.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Normal => "normal",
            Self::Lockdown => "lockdown",
        }
    }

    /// The mode with this label.
    #[must_use]
    pub fn from_label(label: &str) -> Option<Self> {
        match label {
            "normal" => Some(Self::Normal),
            "lockdown" => Some(Self::Lockdown),
            _ => None,
        }
    }
}
