//! Models from a seed: any value that the XML can carry, in any combination.

mod records;

use remote_services_core::agent::{Agent, CriticalService, Host, OsType, RunState};
use remote_services_core::alert_code::AlertCode;
use remote_services_core::counter::{
    BillingMeter, ColorCounts, CounterEvent, CounterUnit, Counters, LargeCounts, MarkerCount, MediaUsed,
    Persistence, ProductionCounts, ScanCount, ServiceCounters, ServiceType, Traffic, TrafficDirection,
    TwoSidedCounts, UsageStatistics, WorkCounters, WorkType,
};
use remote_services_core::device::{
    DeviceReport, Identity, Licence, LicenceState, ManagementState, Module, ModuleKind,
};
use remote_services_core::digest::Sha256;
use remote_services_core::engineering::{Engineering, EngineeringLog, JobReproduction};
use remote_services_core::job::{
    AccountingSource, ColorMode, Job, JobAccounting, JobCharge, JobDestination, JobManagement, JobResult,
    JobServiceType, JobSource, JobState,
};
use remote_services_core::mode::SecurityMode;
use remote_services_core::money::{Amount, Currency, Money};
use remote_services_core::network::{AddressOrigin, Interface, Ipx, Network};
use remote_services_core::policy::{PolicyAction, PolicyViolation, PrintControl};
use remote_services_core::properties::{
    Component, ComponentKind, ConfigurationSetting, Finisher, FinisherType, Finishing, InputTray, InputType,
    Interpreter, InterpreterFamily, Marker, MarkingTechnology, OutputBin, OutputType, PowerMode, PrintSpeed,
    Properties, Service, SoftwareModule, SoftwareType, Storage, StorageType, UserDefined,
};
use remote_services_core::reading::{Header, Source, Withheld, WithheldReason};
use remote_services_core::status::{
    Alert, AlertGroup, AlertSeverity, AlertTrainingLevel, ComponentStatus, ConsoleColor, ConsoleLight,
    ConsoleLightState, CoverStatus, DetectedError, DeviceStatus, DfeEvent, Discovery, DiscoveryMethod,
    DiscoveryType, Fault, FaultHistory, Jam, OverallStatus, PayloadKind, PrinterStatus, Retrieval,
    RetrievalOutcome, RetrievalProtocol, Status, SubUnitStatus, TransferOutcome, Transmission, Traps,
};
use remote_services_core::supply::{
    CapacityUnit, LevelQuality, LifetimeLimit, LimitKind, Paper, RelatedAttribute, ReplaceableBy, Supplies,
    Supply, SupplyCategory, SupplyClass, SupplyCount, SupplyState, SupplyType, SupplyUnit,
};
use remote_services_core::time::{DateTime, Timestamp};
use remote_services_core::usage::{
    BinUsage, Bucket, ColorantCoverage, ColorantPixels, CruUsage, DetailedUsage, Diagnostic, DocumentLength,
    FailureBucket, FaultResolution, Incident, InstalledMedia, LanguageCount, Measurement, MediaSizeUsage,
    MediaTypeUsage, NumberUpCount, NvmLocation, OcrUsage, PartReplaced, PowerChange, PowerState,
    PowerStateUsage, PowerUsage, PrintUsage, Resolution, RunLength, ScanDestination, ScanUsage, ServiceItem,
    SetCount, TrayUsage,
};
use remote_services_payload::kind::Document;

/// Where the random values come from (SplitMix64).
pub(crate) struct Dice {
    state: u64,
    /// All members are there, lists have this many entries.
    full: Option<usize>,
    /// Every text is this one.
    text: Option<String>,
}

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self { state: seed, full: None, text: None }
    }

    pub(crate) fn full(seed: u64, entries: usize) -> Self {
        Self { state: seed, full: Some(entries), text: None }
    }

    pub(crate) fn saying(text: &str) -> Self {
        Self { text: Some(text.into()), ..Self::full(1, 2) }
    }

    fn throw(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    pub(crate) fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.throw() % u64::try_from(bound).unwrap()).unwrap()
    }

    pub(crate) fn pick<T: Clone>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())].clone()
    }
}

/// A device with any values.
pub(crate) fn report(seed: u64) -> DeviceReport {
    Random::random(&mut Dice::new(seed))
}

/// An agent with any values.
pub(crate) fn agent(seed: u64) -> Agent {
    Random::random(&mut Dice::new(seed))
}

/// A device of which nothing is absent.
pub(crate) fn full_report(seed: u64, entries: usize) -> DeviceReport {
    Random::random(&mut Dice::full(seed, entries))
}

/// An agent of which nothing is absent.
pub(crate) fn full_agent(seed: u64, entries: usize) -> Agent {
    Random::random(&mut Dice::full(seed, entries))
}

/// Documents of the kinds that need consent, with any values.
pub(crate) fn with_consent(dice: &mut Dice) -> [Document; 3] {
    [
        Document::Engineering(Random::random(dice)),
        Document::JobAccounting(Random::random(dice)),
        Document::PrintControl(Random::random(dice)),
    ]
}

/// A device and an agent in which every text is this one.
pub(crate) fn saying(text: &str) -> (DeviceReport, Agent) {
    (Random::random(&mut Dice::saying(text)), Random::random(&mut Dice::saying(text)))
}

pub(crate) trait Random {
    fn random(dice: &mut Dice) -> Self;
}

impl<T: Random> Random for Option<T> {
    fn random(dice: &mut Dice) -> Self {
        (dice.full.is_some() || dice.below(2) == 0).then(|| T::random(dice))
    }
}

impl<T: Random> Random for Vec<T> {
    fn random(dice: &mut Dice) -> Self {
        let length = match dice.full {
            Some(entries) => entries,
            None => dice.below(4),
        };
        (0..length).map(|_| T::random(dice)).collect()
    }
}

impl Random for String {
    fn random(dice: &mut Dice) -> Self {
        const PIECES: &[&str] = &[
            "Toner",
            "Black Cartridge HP CF226X",
            " ",
            "  ",
            "\t",
            "\n",
            "\r\n",
            "\r",
            "<",
            ">",
            "&",
            "\"",
            "'",
            "&amp;",
            "]]>",
            "<!--",
            "<?x?>",
            "é",
            "黒トナー",
            "Ω",
            "\u{85}",
            "\u{FEFF}",
            "\u{FFFD}",
            "ﬀ",
            "😀",
            "\u{7F}",
            "1.3.6.1.2.1.43.11.1.1.6",
            "0",
            "-3",
            "Фотобарабан",
        ];
        if let Some(text) = &dice.text {
            return text.clone();
        }
        (0..dice.below(5)).map(|_| dice.pick(PIECES)).collect()
    }
}

impl Random for bool {
    fn random(dice: &mut Dice) -> Self {
        dice.below(2) == 0
    }
}

impl Random for u64 {
    fn random(dice: &mut Dice) -> Self {
        match dice.below(4) {
            0 => dice.pick(&[0, 1, u64::from(u32::MAX), u64::MAX]),
            _ => dice.throw() >> dice.below(64),
        }
    }
}

impl Random for i64 {
    fn random(dice: &mut Dice) -> Self {
        match dice.below(4) {
            0 => dice.pick(&[-3, -2, -1, 0, i64::MIN, i64::MAX]),
            _ => u64::random(dice).cast_signed(),
        }
    }
}

impl Random for u8 {
    fn random(dice: &mut Dice) -> Self {
        u8::try_from(dice.below(33)).unwrap()
    }
}

impl Random for f64 {
    fn random(dice: &mut Dice) -> Self {
        f64::from(u32::try_from(dice.below(1001)).unwrap()) / 10.0
    }
}

impl Random for Timestamp {
    fn random(dice: &mut Dice) -> Self {
        // 0001-01-01 to 9999-12-31
        const FIRST: i64 = -62_135_596_800_000;
        const SPAN: u64 = 315_537_897_600_000;
        Self::from_unix_millis(FIRST + (dice.throw() % SPAN).cast_signed())
    }
}

impl Random for DateTime {
    fn random(dice: &mut Dice) -> Self {
        let written = Timestamp::random(dice);
        if dice.below(2) == 0 { Self::Local(written) } else { Self::Utc(written) }
    }
}

impl Random for AlertCode {
    fn random(dice: &mut Dice) -> Self {
        match dice.below(4) {
            0 => Self(dice.pick(&[-1, 0, 3, 99_999])),
            _ => {
                let at = dice.below(AlertCode::listed().count());
                AlertCode::listed().nth(at).unwrap().0
            }
        }
    }
}

impl Random for SecurityMode {
    fn random(dice: &mut Dice) -> Self {
        dice.pick(&[Self::Normal, Self::Lockdown])
    }
}

impl Random for Amount {
    fn random(dice: &mut Dice) -> Self {
        const MOST: i64 = 1_000_000_000_000_000_000;
        let size = u64::random(dice).cast_signed() % (MOST + 1);
        Self::from_millionths(size).unwrap()
    }
}

impl Random for Currency {
    fn random(dice: &mut Dice) -> Self {
        dice.pick(&["XXX", "EUR", "USD", "JPY"]).parse().unwrap()
    }
}

impl Random for Sha256 {
    fn random(dice: &mut Dice) -> Self {
        Self(std::array::from_fn(|_| dice.throw().to_le_bytes()[0]))
    }
}

macro_rules! tokens {
    ($($type:ident),+ $(,)?) => {$(
        impl Random for $type {
            fn random(dice: &mut Dice) -> Self {
                match dice.below(8) {
                    0 => Self::from_label(dice.pick(&["4242", "x-vendorWord", "two words", "<&>", "größer"])),
                    _ => Self::LISTED[dice.below(Self::LISTED.len())].0.clone(),
                }
            }
        }
    )+};
}

tokens!(
    AccountingSource,
    AddressOrigin,
    AlertGroup,
    AlertSeverity,
    AlertTrainingLevel,
    CapacityUnit,
    ColorMode,
    ComponentKind,
    ConsoleColor,
    ConsoleLightState,
    CounterEvent,
    CounterUnit,
    CoverStatus,
    DetectedError,
    DeviceStatus,
    DiscoveryMethod,
    DiscoveryType,
    FaultResolution,
    FinisherType,
    Finishing,
    InputType,
    InterpreterFamily,
    JobServiceType,
    JobState,
    LevelQuality,
    LicenceState,
    LimitKind,
    ManagementState,
    MarkingTechnology,
    ModuleKind,
    OsType,
    OutputType,
    OverallStatus,
    PayloadKind,
    Persistence,
    PolicyAction,
    PowerState,
    PrinterStatus,
    ReplaceableBy,
    RetrievalOutcome,
    RetrievalProtocol,
    RunState,
    ScanDestination,
    ServiceType,
    SoftwareType,
    StorageType,
    SubUnitStatus,
    SupplyCategory,
    SupplyClass,
    SupplyState,
    SupplyType,
    SupplyUnit,
    TrafficDirection,
    TransferOutcome,
    WithheldReason,
    WorkType,
);
