//! Job accounting: who printed what, where and for whose account. Personal data throughout: sent with consent
//! only.

use crate::money::Money;
use crate::reading::Header;
use crate::time::Timestamp;
use alloc::string::String;
use alloc::vec::Vec;

record! {
    /// Accounting records of jobs.
    pub struct JobAccounting {
        /// When and from where; what is missing, and why.
        pub header: Header,
        /// One job that ended.
        #[cfg_attr(feature = "serde", serde(rename = "Job"))]
        pub jobs: Vec<Job>,
    }

    /// What was asked for, what came of it, where from, where to and who pays.
    pub struct Job {
        /// The job, as its source names it. Source: jmJobSubmissionID 1.3.6.1.4.1.2699.1.1.1.2.1.1.1,
        /// jmJobIndex 1.3.6.1.4.1.2699.1.1.1.3.1.1.1, IPP job-uuid or job-id.
        pub job_id: String,
        /// Name of the job, often the document's title: customer content. Source: jmAttribute jobName(23) or
        /// serverAssignedJobName(22) 1.3.6.1.4.1.2699.1.1.1.4.1.1.4, IPP job-name.
        pub job_name: Option<String>,
        /// Name of the document: customer content, dropped unless the site keeps it. Source: jmAttribute
        /// documentName(35) or fileName(34) 1.3.6.1.4.1.2699.1.1.1.4.1.1.4, IPP document-name.
        pub document_name: Option<String>,
        /// Who owns the job: personal data, a pseudonym unless the site says otherwise. Source: jmJobOwner
        /// 1.3.6.1.4.1.2699.1.1.1.3.1.1.9, IPP job-originating-user-name.
        pub owner: Option<String>,
        /// Class of the application it was made with: word processor, mail, web page. Source: the print
        /// server, or jmAttribute submittingApplicationName(28) 1.3.6.1.4.1.2699.1.1.1.4.1.1.4.
        pub document_type: Option<String>,
        /// Services that the job uses; a copy scans and prints. Source: the bits of jmAttribute
        /// jobServiceTypes(24) 1.3.6.1.4.1.2699.1.1.1.4.1.1.3.
        #[cfg_attr(feature = "serde", serde(rename = "JobType"))]
        pub job_types: Vec<JobServiceType>,
        /// How it ended. Source: jmJobState 1.3.6.1.4.1.2699.1.1.1.3.1.1.2, IPP job-state.
        pub state: Option<JobState>,
        /// Why it ended so, in the words of the source. Source: jmJobStateReasons1
        /// 1.3.6.1.4.1.2699.1.1.1.3.1.1.3, IPP job-state-reasons.
        #[cfg_attr(feature = "serde", serde(rename = "StateReason"))]
        pub state_reasons: Vec<String>,
        /// Whether colour was asked for. Source: jmAttribute colorantRequested(172)
        /// 1.3.6.1.4.1.2699.1.1.1.4.1.1.3, IPP print-color-mode.
        pub color_requested: Option<bool>,
        /// Whether two sides were asked for. Source: jmAttribute sides(55) 1.3.6.1.4.1.2699.1.1.1.4.1.1.3 (2
        /// is two sides), IPP sides.
        pub duplex: Option<bool>,
        /// Medium that was asked for, by name. Source: jmAttribute mediumRequested(170)
        /// 1.3.6.1.4.1.2699.1.1.1.4.1.1.4, IPP media.
        pub media_requested: Option<String>,
        /// Size of the medium that was used: a PWG self-describing name (PWG 5101.1) where the source has
        /// one. Source: jmAttribute mediumSizeConsumed(175) 1.3.6.1.4.1.2699.1.1.1.4.1.1.4, IPP
        /// media-size-name.
        pub media_size: Option<String>,
        /// Page description language as a media type or name. Source: jmAttribute documentFormat(38)
        /// 1.3.6.1.4.1.2699.1.1.1.4.1.1.4 or documentFormatIndex(37), IPP document-format.
        pub document_format: Option<String>,
        /// Pages of the source document, before N-up. Source: jmAttribute pagesRequested(130)
        /// 1.3.6.1.4.1.2699.1.1.1.4.1.1.3, IPP job-pages.
        pub pages_requested: Option<u64>,
        /// Sets (copies) asked for. Source: jmAttribute jobCopiesRequested(90) or documentCopiesRequested(92)
        /// 1.3.6.1.4.1.2699.1.1.1.4.1.1.3, IPP copies.
        pub sets_requested: Option<u64>,
        /// Errors while the job was processed. Source: IPP errors-count.
        pub errors: Option<u64>,
        /// The device that did the job.
        pub destination: Option<JobDestination>,
        /// What came of it.
        pub result: Option<JobResult>,
        /// Who pays, and what.
        pub accounting: Option<JobCharge>,
        /// Where the job came from.
        pub source: Option<JobSource>,
        /// What the services manager files the record under.
        pub management: JobManagement,
    }

    /// The device that did a job; as in its identity and network documents.
    pub struct JobDestination {
        /// Reference to the device of the payload. Source: jmAttribute physicalDevice(32) or
        /// deviceNameRequested(30) 1.3.6.1.4.1.2699.1.1.1.4.1.1.4.
        pub device: Option<String>,
        /// Its make and model.
        pub model: Option<String>,
        /// Its fully qualified DNS name.
        pub dns_name: Option<String>,
        /// Its IPv4 or IPv6 address.
        pub ip_address: Option<String>,
        /// Its MAC address: six octets in hexadecimal with colons.
        pub mac_address: Option<String>,
        /// Its serial number.
        pub serial_number: Option<String>,
    }

    /// What came of a job.
    pub struct JobResult {
        /// When it was submitted: personal data. Source: jmAttribute jobSubmissionTime(191) or
        /// jobSubmissionToServerTime(190) 1.3.6.1.4.1.2699.1.1.1.4.1.1.3 (seconds of sysUpTime, turned into a
        /// date), IPP date-time-at-creation.
        pub submitted_at: Option<Timestamp>,
        /// When processing began. Source: jmAttribute jobStartedProcessingTime(193)
        /// 1.3.6.1.4.1.2699.1.1.1.4.1.1.3, IPP date-time-at-processing.
        pub started_at: Option<Timestamp>,
        /// When it ended. Source: jmAttribute jobCompletionTime(194) 1.3.6.1.4.1.2699.1.1.1.4.1.1.3, IPP
        /// date-time-at-completed.
        pub completed_at: Option<Timestamp>,
        /// Seconds from start to end of processing; not processor time. Source: jobCompletionTime(194) less
        /// jobStartedProcessingTime(193), IPP job-processing-time.
        pub duration: Option<u64>,
        /// Pages of the source document that were printed. Source: jmAttribute pagesCompleted(131)
        /// 1.3.6.1.4.1.2699.1.1.1.4.1.1.3, IPP job-pages-completed.
        pub pages_printed: Option<u64>,
        /// Impressions (printed sides); absent when the source says unknown (-2). Source:
        /// jmJobImpressionsCompleted 1.3.6.1.4.1.2699.1.1.1.3.1.1.8, IPP job-impressions-completed.
        pub impressions: Option<u64>,
        /// Impressions in full colour. Source: jmAttribute fullColorImpressionsCompleted(114)
        /// 1.3.6.1.4.1.2699.1.1.1.4.1.1.3, IPP job-impressions-completed-col/full-color.
        #[cfg_attr(feature = "serde", serde(rename = "ColorImpressions"))]
        pub impressions_full_color: Option<u64>,
        /// Impressions in one colorant. Source: IPP job-impressions-completed-col/monochrome, else all less
        /// colour and highlight.
        #[cfg_attr(feature = "serde", serde(rename = "MonochromeImpressions"))]
        pub impressions_monochrome: Option<u64>,
        /// Sheets (pieces of media). Source: jmAttribute sheetsCompleted(151) 1.3.6.1.4.1.2699.1.1.1.4.1.1.3,
        /// IPP job-media-sheets-completed.
        pub sheets: Option<u64>,
        /// Sets (copies) that were finished. Source: jmAttribute jobCopiesCompleted(91)
        /// 1.3.6.1.4.1.2699.1.1.1.4.1.1.3, IPP copies-actual.
        pub sets_printed: Option<u64>,
        /// Colour mode that was used, whatever was asked for. Source: jmAttribute colorantConsumed(173)
        /// 1.3.6.1.4.1.2699.1.1.1.4.1.1.3, IPP print-color-mode-actual.
        pub color_mode: Option<ColorMode>,
        /// Pages per side, 1 or more. Source: IPP number-up-actual.
        pub number_up: Option<u64>,
    }

    /// Who pays for a job, and what.
    pub struct JobCharge {
        /// Account that is charged: personal data, it can point to a person or a client's matter. Source:
        /// jmAttribute jobAccountName(21) 1.3.6.1.4.1.2699.1.1.1.4.1.1.4, IPP job-account-id.
        pub charge_back_code: Option<String>,
        /// Price and currency, by the site's price list; IPP job-charge-info only has it as text.
        pub charge_back_price: Option<Money>,
        /// Where the record came from.
        pub source: Option<AccountingSource>,
    }

    /// Where a job came from.
    pub struct JobSource {
        /// Computer that sent it: personal data. Source: jmAttribute jobOriginatingHost(29)
        /// 1.3.6.1.4.1.2699.1.1.1.4.1.1.4, IPP client-info, the print server's job event.
        pub workstation: Option<String>,
        /// Print server that held it. Source: jmAttribute submittingServerName(27)
        /// 1.3.6.1.4.1.2699.1.1.1.4.1.1.4, the print server's own name.
        pub print_server_name: Option<String>,
        /// MAC address of that server: six octets in hexadecimal with colons.
        pub print_server_mac: Option<String>,
        /// Queue it was sent to. Source: jmAttribute queueNameRequested(31) 1.3.6.1.4.1.2699.1.1.1.4.1.1.4,
        /// the print server.
        pub queue_name: Option<String>,
        /// Port of the queue, or the channel it came in by; such names often hold an address. Source: the
        /// print server, jmAttribute jobSourceChannelIndex(25) 1.3.6.1.4.1.2699.1.1.1.4.1.1.3.
        pub port: Option<String>,
        /// Who sent it: personal data, a pseudonym unless the site says otherwise. Source: jmJobOwner
        /// 1.3.6.1.4.1.2699.1.1.1.3.1.1.9, IPP job-originating-user-name, the print server's job event.
        pub user_name: Option<String>,
        /// Account id of that user: personal data. Source: IPP job-accounting-user-id, the print server.
        pub user_id: Option<String>,
    }

    /// What the services manager files a record under.
    pub struct JobManagement {
        /// The services manager's account.
        pub account_id: Option<String>,
        /// Identifier of the record, given by the agent: taking in a record twice changes nothing.
        pub record_id: String,
        /// The agent's site.
        pub site_id: Option<String>,
    }
}

open_enum! {
    /// A service that a job uses. A sum of bits that is not listed stays a number.
    /// Source: jmAttribute jobServiceTypes(24), bit mask.
    #[derive(Default)]
    pub enum JobServiceType {
        /// Other.
        Other = 1: "other",
        /// Unknown.
        #[default]
        Unknown = 2: "unknown",
        /// Print.
        Print = 4: "print",
        /// Scan.
        Scan = 8: "scan",
        /// Fax in.
        FaxIn = 16: "faxIn",
        /// Fax out.
        FaxOut = 32: "faxOut",
        /// Get file.
        GetFile = 64: "getFile",
        /// Put file.
        PutFile = 128: "putFile",
        /// Mail list.
        MailList = 256: "mailList",
    }

    /// How far a job is.
    /// Source: jmJobState.
    #[derive(Default)]
    pub enum JobState {
        /// State not known.
        #[default]
        Unknown = 2: "unknown",
        /// Waits for its turn.
        Pending = 3: "pending",
        /// Waits for a release.
        PendingHeld = 4: "pendingHeld",
        /// Being processed.
        Processing = 5: "processing",
        /// Stopped by a device problem.
        ProcessingStopped = 6: "processingStopped",
        /// Ended by a person.
        Canceled = 7: "canceled",
        /// Ended by the system.
        Aborted = 8: "aborted",
        /// Ended as asked.
        Completed = 9: "completed",
    }

    /// Where an accounting record came from.
    pub enum AccountingSource {
        /// Accounting log of device.
        DeviceLog: "deviceLog",
        /// Job objects by SNMP.
        JobMib: "jobMib",
        /// Job attributes by IPP.
        Ipp: "ipp",
        /// Queue of a server.
        PrintServer: "printServer",
        /// Tracker on a PC.
        Client: "client",
    }

    /// How colour is used.
    /// Source: IPP print-color-mode.
    pub enum ColorMode {
        /// Device decides.
        Auto: "auto",
        /// One colorant, usually black.
        Monochrome: "monochrome",
        /// Full colour.
        Color: "color",
        /// Black and one colour.
        Highlight: "highlight",
        /// Pure black, no grey.
        BiLevel: "biLevel",
    }
}
