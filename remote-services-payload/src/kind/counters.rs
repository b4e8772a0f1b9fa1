//! `counters.xml`: what the device has counted. Bills are made from these.

use crate::xml::{
    macros::{leaf, record},
    tokens,
};
use remote_services_core::counter::{
    BillingMeter, ColorCounts, CounterEvent, CounterUnit, Counters, LargeCounts, MarkerCount, MediaUsed,
    Persistence, ProductionCounts, ScanCount, ServiceCounters, ServiceType, Traffic, TrafficDirection,
    TwoSidedCounts, UsageStatistics, WorkCounters, WorkType,
};

record! {
    Counters {
        header: "Header",
        epoch: "Epoch",
        events: "Event",
        billing_meters: "BillingMeter",
        life_counts: "LifeCount",
        power_on_counts: "PowerOnCount",
        impressions: "Impressions",
        two_sided: "TwoSided",
        sheets: "Sheets",
        images: "Images",
        services: "Service",
        scan_to: "ScanToDestination",
        large: "Large",
        large_jobs: "LargeJobs",
        production: "Production",
        usage: "UsageStatistics",
        target_volume: "TargetVolume",
    }

    BillingMeter {
        label: "Label",
        value: "Value",
        unit: "Unit",
        service_usage: "ServiceUsage",
    }

    ColorCounts {
        total: "Total",
        monochrome: "Monochrome",
        full_color: "FullColor",
        highlight_color: "HighlightColor",
        blank: "Blank",
    }

    ServiceCounters {
        service_type: "Type",
        work: "Work",
    }

    WorkCounters {
        work_type: "Type",
        persistence: "Persistence",
        impressions: "Impressions",
        two_sided: "TwoSided",
        sheets: "Sheets",
        images: "Images",
        media_used: "MediaUsed",
    }

    TwoSidedCounts {
        unit: "Unit",
        total: "Total",
        monochrome: "Monochrome",
        full_color: "FullColor",
        highlight_color: "HighlightColor",
        blank: "Blank",
    }

    MediaUsed {
        media_size_name: "MediaSizeName",
        sheets: "Sheets",
    }

    LargeCounts {
        limit: "Limit",
        impressions: "Impressions",
    }

    ProductionCounts {
        impressions: "Impressions",
    }

    UsageStatistics {
        jobs_completed: "JobsCompleted",
        jobs_canceled: "JobsCanceled",
        jobs_aborted: "JobsAborted",
        processing_time: "ProcessingTime",
        down_time: "DownTime",
        maintenance_time: "MaintenanceTime",
        traffic: "Traffic",
    }

    ScanCount {
        destination: "Destination",
        images: "Images",
    }
}

leaf! {
    MarkerCount { unit: "unit", marker: "marker" } = value
    Traffic { direction: "direction", service: "service" } = value
}

tokens!(CounterEvent, CounterUnit, Persistence, ServiceType, TrafficDirection, WorkType);
