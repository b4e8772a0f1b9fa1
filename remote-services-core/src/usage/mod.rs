//! Detailed usage: how a device was used, part by part. For service and planning; bills are made from the
//! counters.

use alloc::string::String;
use alloc::vec::Vec;

pub use service::{
    CruUsage, Diagnostic, FailureBucket, FaultResolution, Incident, Measurement, NvmLocation, PartReplaced,
    Resolution, ServiceItem,
};
mod service;

use crate::job::ColorMode;
use crate::reading::Header;
use crate::time::Timestamp;

record! {
    /// How a device was used, part by part.
    pub struct DetailedUsage {
        /// When and from where; what is missing, and why.
        pub header: Header,
        /// Printing, one row for each way of printing that the device counts apart.
        pub print: Vec<PrintUsage>,
        /// Power: time and changes of state, energy.
        pub power: Option<PowerUsage>,
        /// A customer-replaceable unit: how often it was changed, and failed.
        #[cfg_attr(feature = "serde", serde(rename = "Cru"))]
        pub crus: Vec<CruUsage>,
        /// Optical character recognition in the device.
        pub ocr: Option<OcrUsage>,
        /// A class of run lengths: how long jobs are.
        #[cfg_attr(feature = "serde", serde(rename = "RunLength"))]
        pub run_lengths: Vec<RunLength>,
        /// What was fed from an input tray.
        #[cfg_attr(feature = "serde", serde(rename = "TrayUsage"))]
        pub trays: Vec<TrayUsage>,
        /// What was delivered to an output bin.
        #[cfg_attr(feature = "serde", serde(rename = "BinUsage"))]
        pub bins: Vec<BinUsage>,
        /// A medium that is in a tray now.
        pub installed_media: Vec<InstalledMedia>,
        /// What was used of a type of media.
        #[cfg_attr(feature = "serde", serde(rename = "MediaType"))]
        pub media_types: Vec<MediaTypeUsage>,
        /// What was used of a size of media.
        #[cfg_attr(feature = "serde", serde(rename = "MediaSize"))]
        pub media_sizes: Vec<MediaSizeUsage>,
        /// A class of document lengths: how many pages documents have.
        #[cfg_attr(feature = "serde", serde(rename = "DocumentLength"))]
        pub document_lengths: Vec<DocumentLength>,
        /// A class of set counts: how many copies jobs ask for.
        #[cfg_attr(feature = "serde", serde(rename = "SetCount"))]
        pub set_counts: Vec<SetCount>,
        /// A high-frequency service item: a part that service changes by its use.
        pub hfsi: Vec<ServiceItem>,
        /// A location of non-volatile memory. Only those on the product's allow-list: others can hold numbers
        /// dialled and names.
        pub nvm: Vec<NvmLocation>,
        /// Marked pixels of a colorant. Source: the embedder; per job HP job-info-accounting-black-dots
        /// 1.3.6.1.4.1.11.2.3.9.4.2.1.1.6.5.28.8.
        #[cfg_attr(feature = "serde", serde(rename = "PixelCount"))]
        pub pixel_counts: Vec<ColorantPixels>,
        /// Mean area coverage of a colorant. Source: Xerox deviceLifetimeAvgCoverage(250) of
        /// xcmHrDevDetailTable 1.3.6.1.4.1.253.8.53.13.2.1, HP usage-average-toner-coverage
        /// 1.3.6.1.4.1.11.2.3.9.4.2.1.1.16.1.3, Lexmark currentSupplyCoverage 1.3.6.1.4.1.641.6.4.4.1.1.19,
        /// Brother brInfoCoverage 1.3.6.1.4.1.2435.2.3.9.4.2.1.5.5.18.
        pub average_coverage: Vec<ColorantCoverage>,
        /// A fault or incident, and how often it was seen.
        #[cfg_attr(feature = "serde", serde(rename = "Incident"))]
        pub incidents: Vec<Incident>,
        /// How a fault that was seen before went away.
        #[cfg_attr(feature = "serde", serde(rename = "FaultResolution"))]
        pub resolutions: Vec<Resolution>,
        /// Scanning, one row for each way of scanning that the device counts apart.
        pub scan: Vec<ScanUsage>,
        /// A part that was replaced.
        #[cfg_attr(feature = "serde", serde(rename = "PartReplaced"))]
        pub parts_replaced: Vec<PartReplaced>,
        /// Outcome of a diagnostic test. Source: none public; the embedder.
        #[cfg_attr(feature = "serde", serde(rename = "Diagnostic"))]
        pub diagnostics: Vec<Diagnostic>,
        /// Log file of the digital front end: Id of a Log in engineering.xml, which carries it and needs
        /// consent.
        pub dfe_log: Option<String>,
    }

    /// Printing in one way. Members that say which way are absent when the device does not tell them apart.
    pub struct PrintUsage {
        /// The maker's label of the row, to the letter. Source: vendor profile.
        pub label: Option<String>,
        /// Colour mode.
        pub color: Option<ColorMode>,
        /// Sides printed on a sheet: 1 or 2.
        pub sides: Option<u64>,
        /// Size of media: a PWG self-describing name (PWG 5101.1) where the device has one.
        pub media_size: Option<String>,
        /// Print quality, as the maker names it.
        pub quality: Option<String>,
        /// Impressions (printed sides). Source: icImpressionTotalImps 1.3.6.1.4.1.2699.1.3.1.8.1.1.4.
        pub impressions: Option<u64>,
        /// Sheets (pieces of media). Source: icSheetTotalSheets 1.3.6.1.4.1.2699.1.3.1.10.1.1.4.
        pub sheets: Option<u64>,
        /// Impressions of this row by page description language. Source: HP pcl-total-page-count
        /// 1.3.6.1.4.1.11.2.3.9.4.2.1.3.3.3.5, postscript-total-page-count
        /// 1.3.6.1.4.1.11.2.3.9.4.2.1.3.3.4.5.
        pub by_language: Vec<LanguageCount>,
        /// Impressions of this row by pages on a side. Source: Lexmark paperNupSides
        /// 1.3.6.1.4.1.641.6.4.2.4.1.3 with paperNupNumber 1.3.6.1.4.1.641.6.4.2.4.1.2.
        pub by_number_up: Vec<NumberUpCount>,
    }

    /// Power: time and changes of state, energy.
    pub struct PowerUsage {
        /// Time in a power state, and how often it was entered.
        #[cfg_attr(feature = "serde", serde(rename = "Usage"))]
        pub states: Vec<PowerStateUsage>,
        /// Energy used over the lifetime in kWh; an estimate unless the device has a meter. Source: IPP
        /// power-state-monitor-col/lifetime-kwh.
        pub energy: Option<f64>,
        /// A change of power state. When people work can show: one a day and state unless the site asks for
        /// more. Source: IPP power-log-col.
        pub log: Vec<PowerChange>,
    }

    /// Time in a power state, and how often it was entered.
    pub struct PowerStateUsage {
        /// The state. Source: IPP power-state-monitor-col.
        pub state: PowerState,
        /// Seconds in the state. Source: icTimeTotalSeconds 1.3.6.1.4.1.2699.1.3.1.5.1.1.3 for all powered
        /// time.
        pub time: Option<u64>,
        /// Transitions into the state. Source: IPP power-state-counters-col.
        pub transitions: Option<u64>,
    }

    /// Optical character recognition in the device. No text is ever taken.
    pub struct OcrUsage {
        /// Jobs that used it. Source: none public; vendor profile or embedder.
        pub jobs: Option<u64>,
        /// Pages recognised. Source: none public; vendor profile or embedder.
        pub pages: Option<u64>,
    }

    /// A class of run lengths.
    pub struct RunLength {
        /// Impressions of one job. Source: Lexmark paperJobSizeMinimum 1.3.6.1.4.1.641.6.4.2.5.1.2,
        /// paperJobSizeMaximum 1.3.6.1.4.1.641.6.4.2.5.1.3.
        pub bucket: Bucket,
        /// Jobs of that length. Source: Lexmark paperJobSizeJobCount 1.3.6.1.4.1.641.6.4.2.5.1.5.
        pub jobs: Option<u64>,
        /// Impressions (printed sides) of those jobs. Source: Lexmark paperJobSizeSideCount
        /// 1.3.6.1.4.1.641.6.4.2.5.1.4.
        pub impressions: Option<u64>,
    }

    /// What was fed from an input tray.
    pub struct TrayUsage {
        /// Name or prtInputIndex of the tray. Source: icSubunitInfo 1.3.6.1.4.1.2699.1.3.1.4.1.1.4 of an
        /// inputTray.
        pub tray: String,
        /// Sheets fed from it. Source: icSheetTotalSheets 1.3.6.1.4.1.2699.1.3.1.10.1.1.4 with the key of the
        /// subunit, HP source-tray-usage-count 1.3.6.1.4.1.11.2.3.9.4.2.1.1.16.5.1.1, Oki usageTrayCounter
        /// 1.3.6.1.4.1.2001.1.1.1.1.100.2.1.1.7.
        pub sheets: Option<u64>,
    }

    /// What was delivered to an output bin.
    pub struct BinUsage {
        /// Name or prtOutputIndex of the bin. Source: icSubunitInfo 1.3.6.1.4.1.2699.1.3.1.4.1.1.4 of an
        /// outputTray.
        pub bin: String,
        /// Sheets delivered to it. Source: icSheetTotalSheets 1.3.6.1.4.1.2699.1.3.1.10.1.1.4 with the key of
        /// the subunit, HP destination-bin-usage-count 1.3.6.1.4.1.11.2.3.9.4.2.1.1.16.6.1.1.
        pub sheets: Option<u64>,
    }

    /// A medium that is in a tray now.
    pub struct InstalledMedia {
        /// Name or prtInputIndex of the tray.
        pub tray: Option<String>,
        /// Its size: a PWG self-describing name (PWG 5101.1), or feed by cross-feed length with the unit.
        /// Source: prtInputMediaName 1.3.6.1.2.1.43.8.2.1.12, prtInputMediaDimFeedDirChosen
        /// 1.3.6.1.2.1.43.8.2.1.6 and prtInputMediaDimXFeedDirChosen 1.3.6.1.2.1.43.8.2.1.7.
        pub size: Option<String>,
        /// Its type: stationery, transparency, envelope. Source: prtInputMediaType 1.3.6.1.2.1.43.8.2.1.21,
        /// IPP media-col-ready.
        #[cfg_attr(feature = "serde", serde(rename = "Type"))]
        pub media_type: Option<String>,
        /// Grams per square metre; -1 other, -2 unknown. Source: prtInputMediaWeight 1.3.6.1.2.1.43.8.2.1.20.
        pub weight: Option<i64>,
        /// Its colour: white, buff, other. Source: prtInputMediaColor 1.3.6.1.2.1.43.8.2.1.22.
        pub color: Option<String>,
    }

    /// What was used of a type of media.
    pub struct MediaTypeUsage {
        /// The type, as the device names it. Source: icMediaUsedMediaName 1.3.6.1.4.1.2699.1.3.1.12.1.1.11,
        /// IPP media-type.
        pub name: String,
        /// Sheets of that type. Source: icMediaUsedTotalSheets 1.3.6.1.4.1.2699.1.3.1.12.1.1.4.
        pub sheets: Option<u64>,
    }

    /// What was used of a size of media.
    pub struct MediaSizeUsage {
        /// The size: a PWG self-describing name (PWG 5101.1) where the device has one. Source:
        /// icMediaUsedMediaSizeName 1.3.6.1.4.1.2699.1.3.1.12.1.1.9.
        pub name: String,
        /// Sheets of that size. Source: icMediaUsedTotalSheets 1.3.6.1.4.1.2699.1.3.1.12.1.1.4.
        pub sheets: Option<u64>,
        /// Those of them printed in one colorant. Source: icMediaUsedMonochromeSheets
        /// 1.3.6.1.4.1.2699.1.3.1.12.1.1.5.
        pub monochrome_sheets: Option<u64>,
        /// Those of them printed in full colour. Source: icMediaUsedFullColorSheets
        /// 1.3.6.1.4.1.2699.1.3.1.12.1.1.7.
        pub full_color_sheets: Option<u64>,
    }

    /// A class of document lengths.
    pub struct DocumentLength {
        /// Pages of one document.
        pub bucket: Bucket,
        /// Documents of that length. Source: derived from job accounting where that is on.
        pub documents: Option<u64>,
    }

    /// A class of set counts.
    pub struct SetCount {
        /// Sets (copies) that one job asks for.
        pub bucket: Bucket,
        /// Jobs that ask for so many. Source: derived from job accounting where that is on.
        pub jobs: Option<u64>,
    }

    /// Scanning in one way. Members that say which way are absent when the device does not tell them apart.
    pub struct ScanUsage {
        /// The maker's label of the row, to the letter. Source: vendor profile.
        pub label: Option<String>,
        /// What was scanned from: document feeder, platen, as the device names it.
        pub source: Option<String>,
        /// Colour mode.
        pub color: Option<ColorMode>,
        /// Size of the originals: a PWG self-describing name (PWG 5101.1) where the device has one.
        pub media_size: Option<String>,
        /// Where the images went.
        pub destination: Option<ScanDestination>,
        /// Images (scanned sides). Source: icImageTotalImages 1.3.6.1.4.1.2699.1.3.1.7.1.1.4,
        /// icImageMonochromeImages 1.3.6.1.4.1.2699.1.3.1.7.1.1.5, icImageFullColorImages
        /// 1.3.6.1.4.1.2699.1.3.1.7.1.1.6.
        pub images: Option<u64>,
        /// Sheets of originals that were fed. Source: Lexmark scanCountSheets 1.3.6.1.4.1.641.6.4.3.1.1.5, HP
        /// scanner-accessory-adf-sheet-count 1.3.6.1.4.1.11.2.3.9.4.2.1.2.2.1.20, Xerox feeder rows of
        /// deviceLifetimeUsage(20) of xcmHrDevDetailTable 1.3.6.1.4.1.253.8.53.13.2.1.
        pub sheets: Option<u64>,
    }
}

leaf! {
    /// Impressions from one page description language.
    pub struct LanguageCount {
        /// Impressions (printed sides).
        pub value: u64,
        /// Page description language, as the device names it: pcl, postscript.
        pub language: String,
    }

    /// Impressions with one number of pages on a side.
    pub struct NumberUpCount {
        /// Impressions (printed sides).
        pub value: u64,
        /// Pages on a side, 1 or more.
        pub number_up: u64,
    }

    /// A change of power state.
    pub struct PowerChange {
        /// When the state was entered (UTC).
        pub value: Timestamp,
        /// The state that was entered.
        pub state: Option<PowerState>,
    }

    /// Bounds of a class in a distribution.
    pub struct Bucket {
        /// Lower bound, itself included; 0 or more.
        pub lower: i64,
        /// Upper bound, itself included; absent when there is none.
        pub upper: Option<i64>,
    }

    /// Marked pixels of a colorant.
    pub struct ColorantPixels {
        /// Pixels over the lifetime.
        pub value: u64,
        /// The colorant: black, cyan, magenta, yellow.
        pub colorant: String,
    }

    /// Mean area coverage of a colorant.
    pub struct ColorantCoverage {
        /// Percent of the area of an impression; 5 is what yields are stated for.
        pub value: f64,
        /// The colorant: black, cyan, magenta, yellow.
        pub colorant: String,
    }
}

open_enum! {
    /// How much of the device is powered.
    /// Source: IPP power-state (registry lists no keywords).
    #[derive(Default)]
    pub enum PowerState {
        /// Fully powered.
        On: "on",
        /// Quick to wake.
        Standby: "standby",
        /// Deeper, slower to wake.
        Suspend: "suspend",
        /// State saved, nearly off.
        Hibernate: "hibernate",
        /// Off by software.
        OffSoft: "offSoft",
        /// Off at the switch.
        OffHard: "offHard",
        /// State not known.
        #[default]
        Unknown: "unknown",
    }

    /// Where scanned images go.
    #[derive(Default)]
    pub enum ScanDestination {
        /// Sent as mail.
        Email: "email",
        /// File on a share.
        NetworkFolder: "networkFolder",
        /// File on a server.
        Ftp: "ftp",
        /// Handed to fax server.
        FaxServer: "faxServer",
        /// Fax carried by mail.
        InternetFax: "internetFax",
        /// Kept in the device.
        LocalStorage: "localStorage",
        /// Written to a stick.
        RemovableMedia: "removableMedia",
        /// Pulled by a computer.
        Host: "host",
        /// Sent to a service.
        Application: "application",
        /// Destination outside this list.
        #[default]
        Other: "other",
    }
}
