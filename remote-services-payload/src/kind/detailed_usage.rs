//! `detailedUsage.xml`: how a device was used, part by part.

use crate::xml::{
    macros::{leaf, record},
    tokens,
};
use remote_services_core::usage::{
    BinUsage, Bucket, ColorantCoverage, ColorantPixels, CruUsage, DetailedUsage, Diagnostic, DocumentLength,
    FailureBucket, FaultResolution, Incident, InstalledMedia, LanguageCount, Measurement, MediaSizeUsage,
    MediaTypeUsage, NumberUpCount, NvmLocation, OcrUsage, PartReplaced, PowerChange, PowerState,
    PowerStateUsage, PowerUsage, PrintUsage, Resolution, RunLength, ScanDestination, ScanUsage, ServiceItem,
    SetCount, TrayUsage,
};

record! {
    DetailedUsage {
        header: "Header",
        print: "Print",
        power: "Power",
        crus: "Cru",
        ocr: "Ocr",
        run_lengths: "RunLength",
        trays: "TrayUsage",
        bins: "BinUsage",
        installed_media: "InstalledMedia",
        media_types: "MediaType",
        media_sizes: "MediaSize",
        document_lengths: "DocumentLength",
        set_counts: "SetCount",
        hfsi: "Hfsi",
        nvm: "Nvm",
        pixel_counts: "PixelCount",
        average_coverage: "AverageCoverage",
        incidents: "Incident",
        resolutions: "FaultResolution",
        scan: "Scan",
        parts_replaced: "PartReplaced",
        diagnostics: "Diagnostic",
        dfe_log: "DfeLog",
    }

    PrintUsage {
        label: "Label",
        color: "Color",
        sides: "Sides",
        media_size: "MediaSize",
        quality: "Quality",
        impressions: "Impressions",
        sheets: "Sheets",
        by_language: "ByLanguage",
        by_number_up: "ByNumberUp",
    }

    PowerUsage {
        states: "Usage",
        energy: "Energy",
        log: "Log",
    }

    PowerStateUsage {
        state: "State",
        time: "Time",
        transitions: "Transitions",
    }

    CruUsage {
        name: "Name",
        replacements: "Replacements",
        replaced_at: "ReplacedAt",
        failures: "Failures",
        failure_codes: "FailureCode",
        failure_distribution: "FailureDistribution",
    }

    OcrUsage {
        jobs: "Jobs",
        pages: "Pages",
    }

    RunLength {
        bucket: "Bucket",
        jobs: "Jobs",
        impressions: "Impressions",
    }

    TrayUsage {
        tray: "Tray",
        sheets: "Sheets",
    }

    BinUsage {
        bin: "Bin",
        sheets: "Sheets",
    }

    InstalledMedia {
        tray: "Tray",
        size: "Size",
        media_type: "Type",
        weight: "Weight",
        color: "Color",
    }

    MediaTypeUsage {
        name: "Name",
        sheets: "Sheets",
    }

    MediaSizeUsage {
        name: "Name",
        sheets: "Sheets",
        monochrome_sheets: "MonochromeSheets",
        full_color_sheets: "FullColorSheets",
    }

    DocumentLength {
        bucket: "Bucket",
        documents: "Documents",
    }

    SetCount {
        bucket: "Bucket",
        jobs: "Jobs",
    }

    ServiceItem {
        id: "Id",
        name: "Name",
        usage: "Usage",
        limit: "Limit",
        unit: "Unit",
        days_until_replace: "DaysUntil",
        last_reset_at: "LastReset",
    }

    NvmLocation {
        id: "Id",
        name: "Name",
        value: "Value",
    }

    Incident {
        code: "Code",
        count: "Count",
        last_at: "LastAt",
    }

    Resolution {
        fault: "Fault",
        resolved_at: "ResolvedAt",
        method: "Method",
    }

    ScanUsage {
        label: "Label",
        source: "Source",
        color: "Color",
        media_size: "MediaSize",
        destination: "Destination",
        images: "Images",
        sheets: "Sheets",
    }

    PartReplaced {
        part_number: "PartNumber",
        name: "Name",
        replaced_at: "ReplacedAt",
        count_at: "CountAtReplacement",
    }

    Diagnostic {
        test: "Test",
        result: "Result",
        values: "Value",
        at: "At",
    }
}

leaf! {
    LanguageCount { language: "language" } = value
    NumberUpCount { number_up: "numberUp" } = value
    PowerChange { state: "state" } = value
    FailureBucket { lower: "lower", upper: "upper", unit: "unit" } = value
    Bucket { lower: "lower", upper: "upper" }
    ColorantPixels { colorant: "colorant" } = value
    ColorantCoverage { colorant: "colorant" } = value
    Measurement { name: "name", unit: "unit" } = value
}

tokens!(FaultResolution, PowerState, ScanDestination);
