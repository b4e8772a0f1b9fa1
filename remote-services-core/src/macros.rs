//! The two macros that declare the model: records and open enumerations.

/// Declares records of the model: plain structs whose absent members are left out of serde formats.
macro_rules! record {
    ($( $(#[$meta:meta])* pub struct $name:ident { $($body:tt)* } )+) => {
        $( structure! { "PascalCase" $(#[$meta])* pub struct $name { $($body)* } } )+
    };
}

/// Declares records that an XML element carries in its attributes and text: serde names start in lower case.
macro_rules! leaf {
    ($( $(#[$meta:meta])* pub struct $name:ident { $($body:tt)* } )+) => {
        $( structure! { "camelCase" $(#[$meta])* pub struct $name { $($body)* } } )+
    };
}

/// What [`record`] and [`leaf`] share.
macro_rules! structure {
    (
        $case:tt
        $(#[$meta:meta])*
        pub struct $name:ident {
            $(
                $(#[doc = $doc:literal])*
                $(#[cfg_attr(feature = "serde", serde(rename = $element:literal))])?
                pub $field:ident : $type:ty
            ),* $(,)?
        }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Debug, Default, PartialEq)]
        #[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
        #[cfg_attr(feature = "serde", serde(rename_all = $case, default))]
        pub struct $name {
            $(
                $(#[doc = $doc])*
                $(#[cfg_attr(feature = "serde", serde(rename = $element))])?
                #[cfg_attr(feature = "serde", serde(skip_serializing_if = "crate::macros::Absent::is_absent"))]
                pub $field: $type,
            )*
        }

        // Redaction reaches every member by its declaration, so that none can be forgotten.
        impl crate::redact::Part for $name {
            const OPTIONAL: bool = false;
            const TEXT: bool = false;

            fn redact(&mut self, rules: &mut crate::redact::Rules) -> crate::redact::Fate {
                $( rules.member(structure!(@name $case $field $($element)?), &mut self.$field); )*
                crate::redact::Fate::Stays
            }

            fn describe(catalogue: &mut crate::redact::Catalogue) {
                $( catalogue.member::<$type>(structure!(@name $case $field $($element)?)); )*
            }
        }
    };
    (@name $case:tt $field:ident $element:literal) => { crate::redact::Name::Given($element) };
    (@name "PascalCase" $field:ident) => { crate::redact::Name::Element(stringify!($field)) };
    (@name "camelCase" value) => { crate::redact::Name::Content };
    (@name "camelCase" $field:ident) => { crate::redact::Name::Attribute(stringify!($field)) };
}

/// Declares an enumeration that stays open: a value outside the list is kept as it came.
///
/// Numbers are those of the MIB object named in the enumeration's documentation; enumerations of our own
/// have none. In text the label of the MIB is used.
macro_rules! open_enum {
    ($(
        $(#[$meta:meta])*
        pub enum $name:ident {
            $( $(#[$variant_meta:meta])* $variant:ident $(= $number:literal)? : $label:literal ),* $(,)?
        }
    )+) => {$(
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum $name {
            $( $(#[$variant_meta])* $variant, )*
            /// A value outside the list, as it came: a number in decimal, or a token.
            Unlisted(alloc::boxed::Box<str>),
        }

        impl $name {
            /// Every listed value with its label and, where a MIB defines one, its number.
            pub const LISTED: &'static [(Self, &'static str, Option<i64>)] =
                &[$( (Self::$variant, $label, open_enum!(@number $($number)?)) ),*];

            /// The value with this number; one that is not listed is kept as [`Self::Unlisted`].
            #[must_use]
            pub fn from_number(number: i64) -> Self {
                match Self::LISTED.iter().find(|(_, _, listed)| *listed == Some(number)) {
                    Some((value, _, _)) => value.clone(),
                    None => Self::Unlisted(alloc::format!("{number}").into_boxed_str()),
                }
            }

            /// The value with this label; one that is not listed is kept as [`Self::Unlisted`].
            #[must_use]
            pub fn from_label(label: &str) -> Self {
                match Self::LISTED.iter().find(|(_, listed, _)| *listed == label) {
                    Some((value, _, _)) => value.clone(),
                    None => Self::Unlisted(label.into()),
                }
            }

            /// The label, as the MIB and the schemas spell it.
            #[must_use]
            pub fn label(&self) -> &str {
                match self {
                    $( Self::$variant => $label, )*
                    Self::Unlisted(token) => token,
                }
            }

            /// The number in the MIB; `None` for values of our own and for tokens that are no number.
            #[must_use]
            pub fn number(&self) -> Option<i64> {
                match self {
                    Self::Unlisted(token) => token.parse().ok(),
                    listed => Self::LISTED.iter().find(|(value, _, _)| value == listed).and_then(|(_, _, number)| *number),
                }
            }
        }

        impl core::fmt::Display for $name {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                f.pad(self.label())
            }
        }

        // A word outside the list may be anything that a device wrote.
        impl crate::redact::Part for $name {
            const OPTIONAL: bool = false;
            const TEXT: bool = false;

            fn redact(&mut self, rules: &mut crate::redact::Rules) -> crate::redact::Fate {
                if let Self::Unlisted(token) = self {
                    rules.token(token);
                }
                crate::redact::Fate::Stays
            }
        }

        #[cfg(feature = "serde")]
        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.label())
            }
        }

        #[cfg(feature = "serde")]
        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let label = <alloc::string::String as serde::Deserialize>::deserialize(deserializer)?;
                Ok(Self::from_label(&label))
            }
        }
    )+};
    (@number) => { None };
    (@number $number:literal) => { Some($number) };
}

/// Gives types that print and parse their text form in serde formats, too.
macro_rules! text_in_serde {
    ($($type:ident),+ $(,)?) => {$(
        #[cfg(feature = "serde")]
        impl serde::Serialize for $type {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        #[cfg(feature = "serde")]
        impl<'de> serde::Deserialize<'de> for $type {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <alloc::string::String as serde::Deserialize>::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    )+};
}

/// Says whether a member of a record has nothing to tell, so that it is left out.
#[cfg(feature = "serde")]
pub(crate) trait Absent {
    /// True when the member can be left out without losing anything.
    fn is_absent(&self) -> bool;
}

#[cfg(feature = "serde")]
mod absent {
    use super::Absent;
    use alloc::{string::String, vec::Vec};

    impl<T> Absent for Option<T> {
        fn is_absent(&self) -> bool {
            self.is_none()
        }
    }

    impl<T> Absent for Vec<T> {
        fn is_absent(&self) -> bool {
            self.is_empty()
        }
    }

    macro_rules! always_present {
        ($($type:ty),* $(,)?) => {$(
            impl Absent for $type {
                fn is_absent(&self) -> bool {
                    false
                }
            }
        )*};
    }

    always_present!(
        String,
        bool,
        u64,
        i64,
        f64,
        crate::time::Timestamp,
        crate::reading::Header,
        crate::reading::WithheldReason,
        crate::network::Network,
        crate::properties::Properties,
        crate::status::Status,
        crate::counter::Counters,
        crate::counter::CounterUnit,
        crate::counter::ServiceType,
        crate::counter::WorkType,
        crate::counter::Persistence,
        crate::supply::Supplies,
        crate::supply::SupplyCategory,
        crate::supply::SupplyClass,
        crate::supply::SupplyType,
        crate::supply::SupplyUnit,
        crate::supply::LevelQuality,
        crate::device::Identity,
        crate::device::ManagementState,
        crate::device::ModuleKind,
        crate::status::OverallStatus,
        crate::status::AlertSeverity,
        crate::status::AlertGroup,
        crate::status::RetrievalOutcome,
        crate::properties::ComponentKind,
        crate::alert_code::AlertCode,
        crate::agent::Host,
        crate::agent::RunState,
        crate::device::LicenceState,
        crate::time::DateTime,
        crate::supply::LimitKind,
        crate::counter::TrafficDirection,
        crate::counter::ColorCounts,
        crate::status::PayloadKind,
        crate::status::TransferOutcome,
        crate::usage::ScanDestination,
        crate::mode::SecurityMode,
        crate::digest::Sha256,
        crate::job::JobManagement,
        crate::money::Amount,
        crate::money::Currency,
        crate::policy::PolicyAction,
        crate::usage::Bucket,
        crate::usage::PowerState,
    );
}
