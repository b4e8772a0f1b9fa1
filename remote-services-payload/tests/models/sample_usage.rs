//! The kinds beside the report of a printer: how it was used, and what is sent with consent only.

use super::sample::{at, header, text};
use remote_services_core::digest::Sha256;
use remote_services_core::engineering::{Engineering, EngineeringLog, JobReproduction};
use remote_services_core::job::{
    AccountingSource, ColorMode, Job, JobAccounting, JobCharge, JobDestination, JobManagement, JobResult,
    JobServiceType, JobSource, JobState,
};
use remote_services_core::money::Money;
use remote_services_core::policy::{PolicyAction, PolicyViolation, PrintControl};
use remote_services_core::reading::WithheldReason;
use remote_services_core::time::DateTime;
use remote_services_core::usage::{
    BinUsage, Bucket, ColorantCoverage, ColorantPixels, CruUsage, DetailedUsage, Diagnostic, DocumentLength,
    FailureBucket, FaultResolution, Incident, InstalledMedia, LanguageCount, Measurement, MediaSizeUsage,
    MediaTypeUsage, NumberUpCount, NvmLocation, OcrUsage, PartReplaced, PowerChange, PowerState,
    PowerStateUsage, PowerUsage, PrintUsage, Resolution, RunLength, ScanDestination, ScanUsage, ServiceItem,
    SetCount, TrayUsage,
};
use remote_services_payload::kind::Document;

/// One of each kind that needs consent.
pub(crate) fn with_consent() -> [Document; 3] {
    [
        Document::Engineering(engineering()),
        Document::JobAccounting(job_accounting()),
        Document::PrintControl(print_control()),
    ]
}

pub(crate) fn usage() -> DetailedUsage {
    let mut header = header();
    header.withhold("DfeLog", WithheldReason::NotSupported);
    header.source("Cru[1]/Replacements", "serial number seen to change", None);
    let day = 86_400;
    DetailedUsage {
        header,
        print: vec![PrintUsage {
            label: text("Color 2-sided"),
            color: Some(ColorMode::Color),
            sides: Some(2),
            media_size: text("iso_a4_210x297mm"),
            quality: text("normal"),
            impressions: Some(900),
            sheets: Some(450),
            by_language: vec![LanguageCount { value: 700, language: "postscript".into() }],
            by_number_up: vec![NumberUpCount { value: 64, number_up: 2 }],
        }],
        power: Some(PowerUsage {
            states: vec![
                PowerStateUsage { state: PowerState::On, time: Some(36_000), transitions: Some(412) },
                PowerStateUsage { state: PowerState::Suspend, time: Some(712_800), transitions: Some(411) },
            ],
            energy: Some(118.4),
            log: vec![PowerChange { value: at(-day), state: Some(PowerState::On) }],
        }),
        crus: vec![CruUsage {
            name: text("Fuser"),
            replacements: Some(2),
            replaced_at: vec![DateTime::Local(at(-400 * day)), at(-30 * day).into()],
            failures: Some(1),
            failure_codes: vec!["010-397".into()],
            failure_distribution: vec![FailureBucket {
                value: 1,
                lower: 0,
                upper: Some(100_000),
                unit: "impressions".into(),
            }],
        }],
        ocr: Some(OcrUsage { jobs: Some(12), pages: Some(96) }),
        run_lengths: vec![
            RunLength {
                bucket: Bucket { lower: 1, upper: Some(5) },
                jobs: Some(800),
                impressions: Some(2_100),
            },
            RunLength { bucket: Bucket { lower: 6, upper: None }, jobs: Some(90), impressions: Some(5_332) },
        ],
        trays: vec![TrayUsage { tray: "Tray 1".into(), sheets: Some(3_100) }],
        bins: vec![BinUsage { bin: "Top tray".into(), sheets: Some(3_900) }],
        installed_media: vec![InstalledMedia {
            tray: text("Tray 1"),
            size: text("iso_a4_210x297mm"),
            media_type: text("stationery"),
            weight: Some(80),
            color: text("white"),
        }],
        media_types: vec![MediaTypeUsage { name: "stationery".into(), sheets: Some(3_800) }],
        media_sizes: vec![MediaSizeUsage {
            name: "iso_a4_210x297mm".into(),
            sheets: Some(3_700),
            monochrome_sheets: Some(3_100),
            full_color_sheets: Some(600),
        }],
        document_lengths: vec![DocumentLength {
            bucket: Bucket { lower: 1, upper: Some(1) },
            documents: Some(510),
        }],
        set_counts: vec![SetCount { bucket: Bucket { lower: 2, upper: Some(10) }, jobs: Some(31) }],
        hfsi: vec![ServiceItem {
            id: "954-802".into(),
            name: text("Feed roll, tray 1"),
            usage: Some(3_100),
            limit: Some(100_000),
            unit: text("sheets"),
            days_until_replace: Some(1_900),
            last_reset_at: Some(DateTime::Local(at(-400 * day))),
        }],
        nvm: vec![NvmLocation { id: "700-402".into(), name: text("Fuser target"), value: text("185") }],
        pixel_counts: vec![ColorantPixels { value: 48_211_904_000, colorant: "black".into() }],
        average_coverage: vec![
            ColorantCoverage { value: 4.7, colorant: "black".into() },
            ColorantCoverage { value: 2.25, colorant: "cyan".into() },
        ],
        incidents: vec![Incident { code: "jam".into(), count: Some(17), last_at: Some(at(-3_600).into()) }],
        resolutions: vec![Resolution {
            fault: "jam".into(),
            resolved_at: Some(at(-3_400)),
            method: Some(FaultResolution::ClearedByOperator),
        }],
        scan: vec![ScanUsage {
            label: text("Scan to mail"),
            source: text("document feeder"),
            color: Some(ColorMode::Monochrome),
            media_size: text("iso_a4_210x297mm"),
            destination: Some(ScanDestination::Email),
            images: Some(820),
            sheets: Some(610),
        }],
        parts_replaced: vec![PartReplaced {
            part_number: text("115R00138"),
            name: text("Fuser"),
            replaced_at: Some(at(-30 * day).into()),
            count_at: Some(6_800),
        }],
        diagnostics: vec![Diagnostic {
            test: "Laser power".into(),
            result: text("passed"),
            values: vec![Measurement { value: 3.25, name: text("mean"), unit: text("mW") }],
            at: Some(at(-30 * day).into()),
        }],
        dfe_log: None,
    }
}

fn engineering() -> Engineering {
    Engineering {
        header: header(),
        logs: vec![EngineeringLog {
            id: "log-7".into(),
            source: "print engine".into(),
            media_type: "text/plain".into(),
            captured_at: at(-60),
            size: 1_048_576,
            digest: Sha256(std::array::from_fn(|at| u8::try_from(at).unwrap() * 7)),
            request: "0194b1c2-7a00-7000-8000-000000000001".into(),
            consent: "consent-3".into(),
            content: "engineering/log-7".into(),
        }],
        jobs: vec![JobReproduction {
            job_id: "4711".into(),
            media_type: "application/postscript".into(),
            encrypted_to: "support-2026".into(),
            consent: "consent-4".into(),
            content: "engineering/job-4711".into(),
        }],
    }
}

pub(crate) fn job_accounting() -> JobAccounting {
    let mut header = header();
    header.withhold("Job[1]/DocumentName", WithheldReason::Redacted);
    JobAccounting {
        header,
        jobs: vec![Job {
            job_id: "4711".into(),
            job_name: text("Invoice"),
            document_name: None,
            owner: text("user-5f3a"),
            document_type: text("word processor"),
            job_types: vec![JobServiceType::Print],
            state: Some(JobState::Completed),
            state_reasons: vec!["jobCompletedSuccessfully".into()],
            color_requested: Some(true),
            duplex: Some(true),
            media_requested: text("plain"),
            media_size: text("iso_a4_210x297mm"),
            document_format: text("application/postscript"),
            pages_requested: Some(8),
            sets_requested: Some(2),
            errors: Some(0),
            destination: Some(JobDestination {
                device: text("0194b1c2-7a00-7000-8000-000000000002"),
                model: text("Example Imaging C2400"),
                dns_name: text("printer-2-17.example.net"),
                ip_address: text("192.0.2.53"),
                mac_address: text("02:00:00:5e:00:53"),
                serial_number: text("XA1234567"),
            }),
            result: Some(JobResult {
                submitted_at: Some(at(-120)),
                started_at: Some(at(-110)),
                completed_at: Some(at(-70)),
                duration: Some(40),
                pages_printed: Some(16),
                impressions: Some(16),
                impressions_full_color: Some(4),
                impressions_monochrome: Some(12),
                sheets: Some(8),
                sets_printed: Some(2),
                color_mode: Some(ColorMode::Color),
                number_up: Some(1),
            }),
            accounting: Some(JobCharge {
                charge_back_code: text("cost centre 17"),
                charge_back_price: Some(euro("0.84")),
                source: Some(AccountingSource::PrintServer),
            }),
            source: Some(JobSource {
                workstation: text("pc-2-17"),
                print_server_name: text("print.example.net"),
                print_server_mac: text("02:00:00:5e:00:10"),
                queue_name: text("colour"),
                port: text("lpd"),
                user_name: text("user-5f3a"),
                user_id: text("user-77c1"),
            }),
            management: JobManagement {
                account_id: text("A-100"),
                record_id: "0194b1c2-7a00-7000-8000-000000000003".into(),
                site_id: text("head-office"),
            },
        }],
    }
}

fn print_control() -> PrintControl {
    PrintControl {
        header: header(),
        violations: vec![PolicyViolation {
            computer_name: text("pc-2-17"),
            print_server: text("print.example.net"),
            queue_name: text("colour"),
            occurred_at: at(-30),
            document_name: None,
            user_name: text("user-5f3a"),
            duplex: Some(false),
            color: Some(true),
            total_impressions: Some(60),
            cost: Some(euro("12.6")),
            action: PolicyAction::Changed,
            user_notified: true,
            message_shown: true,
            policy_name: "Save paper".into(),
            policy_rule: "More than 20 impressions: two-sided, no colour".into(),
        }],
    }
}

fn euro(amount: &str) -> Money {
    Money { value: amount.parse().unwrap(), currency: "EUR".parse().unwrap() }
}
