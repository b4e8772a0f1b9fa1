//! Whether an algorithm counts under FIPS 140.

/// Whether a FIPS 140 validated module offers an algorithm as an approved service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Approval {
    /// The module says that the service is approved.
    Approved,
    /// It is not approved, or the back-end is no validated module.
    NotApproved,
    /// The back-end cannot tell.
    Unknown,
}
