/// How long a log may become.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AuditLimits {
    /// Octets from which a new file is begun (default 4 MiB: about 15,000 entries).
    pub max_file: u64,
    /// How many older files are kept beside the present one (default 7); the oldest is given up.
    pub keep: usize,
    /// Entries after which a checkpoint is signed, without being asked (default 32).
    pub checkpoint_every: u64,
}

impl Default for AuditLimits {
    fn default() -> Self {
        Self { max_file: 4 << 20, keep: 7, checkpoint_every: 32 }
    }
}

impl AuditLimits {
    /// For a log of about so many octets. The number of files is the same for all: whoever finds fewer, and a beginning that is
    /// missing, knows that somebody removed it, whatever the bound was when they were written.
    #[must_use]
    pub fn of_octets(octets: u64) -> Self {
        let all = Self::default();
        Self { max_file: octets / (all.keep as u64 + 1), ..all }
    }
}
