//! `jobAccounting.xml`: who printed what, where and for whose account.

use crate::xml::{macros::record, tokens};
use remote_services_core::job::{
    AccountingSource, Job, JobAccounting, JobCharge, JobDestination, JobManagement, JobResult,
    JobServiceType, JobSource, JobState,
};

record! {
    JobAccounting {
        header: "Header",
        jobs: "Job",
    }

    Job {
        job_id: "JobId",
        job_name: "JobName",
        document_name: "DocumentName",
        owner: "Owner",
        document_type: "DocumentType",
        job_types: "JobType",
        state: "State",
        state_reasons: "StateReason",
        color_requested: "ColorRequested",
        duplex: "Duplex",
        media_requested: "MediaRequested",
        media_size: "MediaSize",
        document_format: "DocumentFormat",
        pages_requested: "PagesRequested",
        sets_requested: "SetsRequested",
        errors: "Errors",
        destination: "Destination",
        result: "Result",
        accounting: "Accounting",
        source: "Source",
        management: "Management",
    }

    JobDestination {
        device: "Device",
        model: "Model",
        dns_name: "DnsName",
        ip_address: "IpAddress",
        mac_address: "MacAddress",
        serial_number: "SerialNumber",
    }

    JobResult {
        submitted_at: "SubmittedAt",
        started_at: "StartedAt",
        completed_at: "CompletedAt",
        duration: "Duration",
        pages_printed: "PagesPrinted",
        impressions: "Impressions",
        impressions_full_color: "ColorImpressions",
        impressions_monochrome: "MonochromeImpressions",
        sheets: "Sheets",
        sets_printed: "SetsPrinted",
        color_mode: "ColorMode",
        number_up: "NumberUp",
    }

    JobCharge {
        charge_back_code: "ChargeBackCode",
        charge_back_price: "ChargeBackPrice",
        source: "Source",
    }

    JobSource {
        workstation: "Workstation",
        print_server_name: "PrintServerName",
        print_server_mac: "PrintServerMac",
        queue_name: "QueueName",
        port: "Port",
        user_name: "UserName",
        user_id: "UserId",
    }

    JobManagement {
        account_id: "AccountId",
        record_id: "RecordId",
        site_id: "SiteId",
    }
}

tokens!(AccountingSource, JobServiceType, JobState);
