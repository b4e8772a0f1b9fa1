//! `counters.xml`: what the device has counted. Bills are made from these.

use crate::xml::{
    macros::{leaf, record},
    tokens,
};
use remote_services_core::counter::{
    BillingMeter, CounterEvent, CounterUnit, Counters, ImpressionCounts, MarkerCount, Persistence,
    ServiceCounters, ServiceType, WorkCounters, WorkType,
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
        services: "Service",
    }

    BillingMeter {
        label: "Label",
        value: "Value",
        unit: "Unit",
    }

    ImpressionCounts {
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
        sheets: "Sheets",
        images: "Images",
    }
}

leaf! {
    MarkerCount { unit: "unit", marker: "marker" } = value
}

tokens!(CounterEvent, CounterUnit, Persistence, ServiceType, WorkType);
