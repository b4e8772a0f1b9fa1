//! Index of what third-level support asked for: logs and jobs to be reproduced. The octets themselves are
//! entries of their own in the container.

use crate::digest::Sha256;
use crate::reading::Header;
use crate::time::Timestamp;
use alloc::string::String;
use alloc::vec::Vec;

record! {
    /// Index of engineering logs and of jobs to be reproduced.
    pub struct Engineering {
        /// When and from where; what is missing, and why.
        pub header: Header,
        /// An unstructured log, sent because somebody asked for it.
        #[cfg_attr(feature = "serde", serde(rename = "Log"))]
        pub logs: Vec<EngineeringLog>,
        /// A job to be reproduced by support; off unless the customer turned it on.
        #[cfg_attr(feature = "serde", serde(rename = "JobReproduction"))]
        pub jobs: Vec<JobReproduction>,
    }

    /// One log: what it is, who asked for it, who allowed it, and where its octets are.
    pub struct EngineeringLog {
        /// Name of the log, given by the client; unique within the client.
        pub id: String,
        /// Component that wrote it: engine, controller, digital front end. Source: vendor log.
        pub source: String,
        /// Media type (RFC 6838) that the embedder declares: text/plain, application/octet-stream.
        pub media_type: String,
        /// When it was taken, by the client's clock.
        pub captured_at: Timestamp,
        /// Octets of the log, counted while it streamed.
        pub size: u64,
        /// SHA-256 over the octets of the log.
        pub digest: Sha256,
        /// Identifier of the command that asked for the log. There is no log that nobody asked for.
        pub request: String,
        /// Identifier of the recorded consent. Without consent nothing is uploaded.
        pub consent: String,
        /// Name of the container entry with the octets of the log; the same in every part when it travels in
        /// parts, in the order of the parts. May hold user names, e-mail addresses and job data.
        pub content: String,
    }

    /// The page description of one job, encrypted for support before it reached the spool.
    pub struct JobReproduction {
        /// The job, as the device names it. Source: jmAttribute jobURI(20) 1.3.6.1.4.1.2699.1.1.1.4.1.1.4.
        pub job_id: String,
        /// Media type or page description language of the job. Source: IPP document-format, jmAttribute
        /// documentFormat(38) 1.3.6.1.4.1.2699.1.1.1.4.1.1.4.
        pub media_type: String,
        /// Identifier of the support key that the content is encrypted to.
        pub encrypted_to: String,
        /// Identifier of the consent recorded for this job alone, beside that for the kind.
        pub consent: String,
        /// Name of the container entry with the encrypted octets: customer content, never read, shown or
        /// indexed on its way.
        pub content: String,
    }
}
