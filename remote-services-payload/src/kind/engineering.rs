//! `engineering.xml`: index of what third-level support asked for: logs and jobs to be reproduced.

use crate::xml::macros::record;
use remote_services_core::engineering::{Engineering, EngineeringLog, JobReproduction};

record! {
    Engineering {
        header: "Header",
        logs: "Log",
        jobs: "JobReproduction",
    }

    EngineeringLog {
        id: "Id",
        source: "Source",
        media_type: "MediaType",
        captured_at: "CapturedAt",
        size: "Size",
        digest: "Digest",
        request: "Request",
        consent: "Consent",
        content: "Content",
    }

    JobReproduction {
        job_id: "JobId",
        media_type: "MediaType",
        encrypted_to: "EncryptedTo",
        consent: "Consent",
        content: "Content",
    }
}
