//! What each element is, as data: whom it may speak of, and what lockdown and consent say about it.
//!
//! Elements that are not listed tell nothing about anybody; their texts are searched like all others.

use crate::consent::ConsentScope;

/// What an element may tell, and how its text is to be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Columns {
    /// Whom or what it may speak of.
    pub personal: Personal,
    /// Whether lockdown takes it out as a whole.
    pub withheld_in_lockdown: bool,
    /// The consent without which it is not sent.
    pub consent: Option<Needs>,
    /// Whether `strict` takes it out although it speaks of nobody: it marks the device or is free text.
    pub(super) strict: bool,
    pub(super) content: Content,
}

impl Columns {
    /// Whether the text is a version, a number or an object identifier: IPv4 addresses are found there by value only.
    #[must_use]
    pub const fn is_code(&self) -> bool {
        self.content.is_code()
    }

    /// Whether people and their programs write the text: names of people and documents are looked for there.
    #[must_use]
    pub const fn is_written_by_people(&self) -> bool {
        matches!(self.content, Content::People | Content::Name)
    }
}

/// Whom or what an element may speak of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Personal {
    /// Nobody.
    No,
    /// A person: name, number, what they did when.
    Person,
    /// What customers print: names and contents of documents and jobs.
    Content,
    /// Where the device stands.
    Location,
    /// The customer's network.
    Network,
}

/// The consent that an element needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Needs {
    /// [`ConsentScope::PersonalDetails`]
    PersonalDetails,
    /// [`ConsentScope::JobAccounting`]
    JobAccounting,
    /// [`ConsentScope::PrintControl`]
    PrintControl,
    /// [`ConsentScope::Engineering`]
    Engineering,
    /// [`ConsentScope::JobReproduction`]
    JobReproduction,
}

impl Needs {
    /// As a consent names it.
    #[must_use]
    pub const fn scope(self) -> ConsentScope {
        match self {
            Self::PersonalDetails => ConsentScope::PersonalDetails,
            Self::JobAccounting => ConsentScope::JobAccounting,
            Self::PrintControl => ConsentScope::PrintControl,
            Self::Engineering => ConsentScope::Engineering,
            Self::JobReproduction => ConsentScope::JobReproduction,
        }
    }
}

/// How a text is to be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Content {
    /// Words of the maker: addresses by shape and by value, e-mail addresses, phone numbers.
    Words,
    /// Words that people and their programs write: also names of people and of documents.
    People,
    /// A name on the network: as [`Self::People`], and one that spells an address goes as a whole.
    Name,
    /// Versions, numbers, object identifiers: IPv4 by value only, since four small numbers are nothing unusual.
    Code,
    /// An address of IPv4 or IPv6.
    Address,
    /// An address or network number of IPX.
    Ipx,
    /// A MAC address: it stays, the IPv6 addresses that are made from it do not.
    Mac,
    /// An snmpEngineID in hexadecimal.
    EngineId,
    /// A time: it has no text.
    Time,
}

impl Content {
    /// Versions, numbers, object identifiers, engine ids and MAC addresses.
    pub(super) const fn is_code(self) -> bool {
        matches!(self, Self::Code | Self::EngineId | Self::Mac)
    }
}

/// The columns of the element at this path: from the root of its kind, without positions.
#[must_use]
pub fn columns(path: &str) -> Columns {
    let root = path.split('/').next().unwrap_or(path);
    let kind = KINDS.iter().find(|(name, _)| {
        path.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    });
    let listed = ELEMENTS.binary_search_by(|(listed, ..)| (*listed).cmp(path)).ok().map(|at| &ELEMENTS[at]);
    let (personal, content) = match (listed, root) {
        (Some((_, personal, content)), _) => (*personal, *content),
        (None, "JobAccounting" | "PrintControl" | "Engineering") => (Personal::No, Content::People),
        (None, _) => (Personal::No, Content::Words),
    };
    let consent = match kind {
        Some((_, needs)) => Some(*needs),
        None if PERSONAL_DETAILS.contains(&path) => Some(Needs::PersonalDetails),
        None => None,
    };
    let address = matches!(content, Content::Address | Content::Ipx | Content::EngineId);
    Columns {
        personal,
        withheld_in_lockdown: address || kind.is_some(),
        consent,
        strict: STRICT.contains(&path),
        content,
    }
}

/// Kinds, and elements of other kinds, that need a consent of their own. The narrower one comes first.
const KINDS: &[(&str, Needs)] = &[
    ("Engineering/JobReproduction", Needs::JobReproduction),
    ("Engineering", Needs::Engineering),
    ("JobAccounting", Needs::JobAccounting),
    ("PrintControl", Needs::PrintControl),
    ("DetailedUsage/DfeLog", Needs::Engineering),
];

/// Details of people outside those kinds.
const PERSONAL_DETAILS: &[&str] =
    &["Identity/Contact", "Identity/PhoneNumber", "Properties/UserDefined/Value", "Status/DfeEvent/Text"];

/// What `strict` takes out besides all that may speak of somebody: tags that customers or makers put on a device,
/// serial numbers of its parts, and free text of every kind.
const STRICT: &[&str] = &[
    "DetailedUsage/Diagnostic/Result",
    "DetailedUsage/Nvm/Value",
    "Identity/AssetTag",
    "Identity/CustomerAssetTag",
    "Identity/DeviceUuid",
    "Identity/Module/SerialNumber",
    "Properties/ConfigurationSetting/Value",
    "Properties/UserDefined",
    "Status/Alert/Description",
    "Status/DfeEvent",
    "Status/FaultHistory/Fault/Description",
];

/// Elements that are not plain words about nobody, in the order of their paths.
const ELEMENTS: &[(&str, Personal, Content)] = &[
    ("Agent/ApplicationVersion", Personal::No, Content::Code),
    ("Agent/DiscoveryVersion", Personal::No, Content::Code),
    ("Agent/Host/DnsName", Personal::Network, Content::Name),
    ("Agent/Host/IpAddress", Personal::Network, Content::Address),
    ("Agent/Host/TimeZone", Personal::Location, Content::Code),
    ("Agent/RuntimeVersion", Personal::No, Content::Code),
    ("Agent/SiteName", Personal::Location, Content::People),
    ("DetailedUsage/Cru/FailureCode", Personal::No, Content::Code),
    ("DetailedUsage/DfeLog", Personal::Content, Content::People),
    ("DetailedUsage/FaultResolution/Fault", Personal::No, Content::Code),
    ("DetailedUsage/Hfsi/Id", Personal::No, Content::Code),
    ("DetailedUsage/Incident/Code", Personal::No, Content::Code),
    ("DetailedUsage/InstalledMedia/Color", Personal::No, Content::People),
    ("DetailedUsage/InstalledMedia/Tray", Personal::No, Content::People),
    ("DetailedUsage/InstalledMedia/Type", Personal::No, Content::People),
    ("DetailedUsage/Nvm/Id", Personal::No, Content::Code),
    ("DetailedUsage/PartReplaced/PartNumber", Personal::No, Content::Code),
    ("Engineering/JobReproduction/Content", Personal::Content, Content::People),
    ("Engineering/Log/Content", Personal::Content, Content::People),
    ("Identity/Contact", Personal::Person, Content::People),
    ("Identity/CustomerAssetTag", Personal::No, Content::People),
    ("Identity/DeviceUuid", Personal::No, Content::Code),
    ("Identity/FaxNumber", Personal::Location, Content::Words),
    ("Identity/FirmwareVersion", Personal::No, Content::Code),
    ("Identity/Location", Personal::Location, Content::People),
    ("Identity/ManagementWorkstation", Personal::Network, Content::Name),
    ("Identity/Module/SerialNumber", Personal::No, Content::Code),
    ("Identity/Module/Version", Personal::No, Content::Code),
    ("Identity/PhoneNumber", Personal::Person, Content::People),
    ("Identity/PrinterName", Personal::Network, Content::Name),
    ("Identity/QueueName", Personal::Network, Content::People),
    ("Identity/SerialNumber", Personal::No, Content::Code),
    ("Identity/SnmpEngineId", Personal::Network, Content::EngineId),
    ("Identity/SystemName", Personal::Network, Content::Name),
    ("Identity/SystemObjectId", Personal::No, Content::Code),
    ("JobAccounting/Job/Accounting/ChargeBackCode", Personal::Person, Content::People),
    ("JobAccounting/Job/Destination/DnsName", Personal::Network, Content::Name),
    ("JobAccounting/Job/Destination/IpAddress", Personal::Network, Content::Address),
    ("JobAccounting/Job/Destination/MacAddress", Personal::Network, Content::Mac),
    ("JobAccounting/Job/DocumentName", Personal::Content, Content::People),
    ("JobAccounting/Job/JobName", Personal::Content, Content::People),
    ("JobAccounting/Job/Management/SiteId", Personal::Location, Content::People),
    ("JobAccounting/Job/Owner", Personal::Person, Content::People),
    ("JobAccounting/Job/Result/SubmittedAt", Personal::Person, Content::Time),
    ("JobAccounting/Job/Source/Port", Personal::Network, Content::People),
    ("JobAccounting/Job/Source/PrintServerMac", Personal::Network, Content::Mac),
    ("JobAccounting/Job/Source/PrintServerName", Personal::Network, Content::Name),
    ("JobAccounting/Job/Source/QueueName", Personal::Network, Content::People),
    ("JobAccounting/Job/Source/UserId", Personal::Person, Content::People),
    ("JobAccounting/Job/Source/UserName", Personal::Person, Content::People),
    ("JobAccounting/Job/Source/Workstation", Personal::Person, Content::People),
    ("Network/DefaultGateway", Personal::Network, Content::Address),
    ("Network/DnsName", Personal::Network, Content::Name),
    ("Network/Interface/Ipv4Address", Personal::Network, Content::Address),
    ("Network/Interface/Ipv6Address", Personal::Network, Content::Address),
    ("Network/Interface/MacAddress", Personal::Network, Content::Mac),
    ("Network/Interface/SubnetAddress", Personal::Network, Content::Address),
    ("Network/Ipx/Address", Personal::Network, Content::Ipx),
    ("Network/Ipx/ExternalNetworkNumber", Personal::Network, Content::Ipx),
    ("Network/Ipx/PrintServerAddress", Personal::Network, Content::Ipx),
    ("Network/LastKnownAddress", Personal::Network, Content::Address),
    ("Network/PreviousAddress", Personal::Network, Content::Address),
    ("Network/TimeZone", Personal::Location, Content::Code),
    ("PrintControl/Violation/ComputerName", Personal::Person, Content::People),
    ("PrintControl/Violation/DocumentName", Personal::Content, Content::People),
    ("PrintControl/Violation/OccurredAt", Personal::Person, Content::Time),
    ("PrintControl/Violation/PrintServer", Personal::Network, Content::Name),
    ("PrintControl/Violation/QueueName", Personal::Network, Content::People),
    ("PrintControl/Violation/UserName", Personal::Person, Content::People),
    ("Properties/Component/Description", Personal::No, Content::People),
    ("Properties/Component/Identifier", Personal::No, Content::Code),
    ("Properties/Component/Index", Personal::No, Content::Code),
    ("Properties/ConfigurationSetting/Value", Personal::No, Content::People),
    ("Properties/InputTray/Index", Personal::No, Content::Code),
    ("Properties/InputTray/Name", Personal::No, Content::People),
    ("Properties/Interpreter/LanguageVersion", Personal::No, Content::Code),
    ("Properties/Interpreter/Level", Personal::No, Content::Code),
    ("Properties/Interpreter/Version", Personal::No, Content::Code),
    ("Properties/Marker/Index", Personal::No, Content::Code),
    ("Properties/OutputBin/Index", Personal::No, Content::Code),
    ("Properties/OutputBin/Name", Personal::No, Content::People),
    ("Properties/SoftwareModule/Version", Personal::No, Content::Code),
    ("Properties/UserDefined/Name", Personal::No, Content::People),
    ("Properties/UserDefined/Value", Personal::Person, Content::People),
    ("Status/ActiveState", Personal::No, Content::People),
    ("Status/Alert/Description", Personal::No, Content::People),
    ("Status/Component/Description", Personal::No, Content::People),
    ("Status/Component/Index", Personal::No, Content::Code),
    ("Status/ConsoleLight/Description", Personal::No, Content::People),
    ("Status/ConsoleMessage", Personal::Person, Content::People),
    ("Status/DfeEvent/Source", Personal::No, Content::People),
    ("Status/DfeEvent/Text", Personal::Content, Content::People),
    ("Status/FaultHistory/Fault/Code", Personal::No, Content::Code),
    ("Status/FaultHistory/Fault/Description", Personal::No, Content::People),
    ("Status/Jam/Location", Personal::No, Content::People),
    ("Status/Transmission/Id", Personal::No, Content::Code),
    ("Status/Traps/Destination", Personal::Network, Content::Address),
    ("Supplies/Paper/MediaName", Personal::No, Content::People),
    ("Supplies/Paper/MediaType", Personal::No, Content::People),
    ("Supplies/Paper/Tray", Personal::No, Content::People),
    ("Supplies/Supply/Index", Personal::No, Content::Code),
    ("Supplies/Supply/PartNumber", Personal::No, Content::Code),
    ("Supplies/Supply/SerialNumber", Personal::No, Content::Code),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_can_be_searched() {
        assert!(ELEMENTS.is_sorted_by(|(one, ..), (next, ..)| one < next));
        assert!(STRICT.is_sorted() && PERSONAL_DETAILS.is_sorted());
    }

    #[test]
    fn the_narrower_consent_counts() {
        let needs = |path| columns(path).consent;
        assert_eq!(needs("Engineering/Log/Id"), Some(Needs::Engineering));
        assert_eq!(needs("Engineering/JobReproduction/JobId"), Some(Needs::JobReproduction));
        assert_eq!(needs("Identity/Contact"), Some(Needs::PersonalDetails));
        assert_eq!(needs("Identity/SerialNumber"), None);
    }
}
