//! What a security mode takes away from a report.
