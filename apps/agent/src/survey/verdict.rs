use crate::failure::Failure;
use crate::present::{HostRow, counted};
use remote_services_collect::discover::{Finding, HostKind, Outcome};
use remote_services_snmp::engine::RequestError;
use remote_services_snmp::pdu::ErrorStatus;
use std::fmt;
use std::net::SocketAddr;

/// What all findings together come to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Targets that were asked.
    pub asked: usize,
    /// Printers.
    pub printers: usize,
    /// Computers that show the printers they serve as their devices.
    pub print_servers: usize,
    /// Hosts that speak SNMP and are no printers.
    pub others: usize,
    /// Hosts that refuse the credentials, or whose answers cannot be used.
    pub refused: usize,
    first: Option<SocketAddr>,
    first_refusal: Option<(SocketAddr, RequestError)>,
}

impl Summary {
    /// Counts.
    #[must_use]
    pub fn of(findings: &[Finding]) -> Self {
        let mut summary = Self {
            asked: findings.len(),
            first: findings.first().map(|finding| finding.address),
            ..Self::default()
        };
        for finding in findings {
            match &finding.outcome {
                Outcome::Found { evidence, .. } if evidence.kind == HostKind::PrintServer => {
                    summary.print_servers += 1;
                }
                Outcome::Found { .. } => summary.printers += 1,
                Outcome::NotPrinter { .. } => summary.others += 1,
                Outcome::Refused(error) => {
                    summary.refused += 1;
                    summary.first_refusal.get_or_insert_with(|| (finding.address, error.clone()));
                }
                _ => {}
            }
        }
        summary
    }

    /// Counts hosts that were decided before this run.
    pub fn add_earlier(&mut self, rows: &[HostRow]) {
        self.asked += rows.len();
        for row in rows {
            match row.outcome.as_str() {
                "printer" => self.printers += 1,
                "printServer" => self.print_servers += 1,
                "notPrinter" => self.others += 1,
                "refused" => self.refused += 1,
                _ => {}
            }
        }
    }

    /// A failure when not one host could be asked, in one sentence.
    ///
    /// # Errors
    /// That nobody answered, or how the first who did refused.
    pub fn verdict(&self) -> Result<(), Failure> {
        if self.printers + self.print_servers + self.others > 0 {
            return Ok(());
        }
        let Some((address, error)) = &self.first_refusal else {
            return Err(match self.first {
                Some(host) if self.asked == 1 => silence(host),
                _ => Failure::no_answer(format_args!(
                    "none of {} hosts answers SNMP with these credentials",
                    self.asked
                )),
            });
        };
        let failure = refusal(*address, error);
        Err(match self.refused - 1 {
            0 => failure,
            1 => failure.and("1 more host refuses or cannot be used"),
            others => failure.and(&format!("{others} more hosts refuse or cannot be used")),
        })
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { asked, printers, print_servers, others, refused, .. } = self;
        let silent = asked - printers - print_servers - others - refused;
        write!(f, "{} asked: {}, ", counted(*asked, "host"), counted(*printers, "printer"))?;
        if *print_servers > 0 {
            write!(f, "{}, ", counted(*print_servers, "print server"))?;
        }
        write!(f, "{}, {refused} refused or unusable, {silent} silent", counted(*others, "other SNMP host"))
    }
}

/// What it means that a host does not answer.
#[must_use]
pub fn silence(host: SocketAddr) -> Failure {
    Failure::no_answer(format_args!(
        "{host} does not answer: no SNMP there, another community, or another version"
    ))
}

/// What a device's refusal means for the person at the terminal.
#[must_use]
pub fn refusal(address: SocketAddr, error: &RequestError) -> Failure {
    let sentence = format!("{address}: {error}");
    match error {
        RequestError::ErrorStatus {
            status: status @ (ErrorStatus::AuthorizationError | ErrorStatus::NoAccess),
            ..
        } => Failure::refused(format_args!(
            "{address}: the agent does not let these credentials read ({status}); SNMPv3 users may need a higher \
                 security level"
        )),
        RequestError::Unreachable | RequestError::Timeout { garbage: None, .. } => {
            Failure::no_answer(sentence)
        }
        RequestError::AuthenticationFailed
        | RequestError::UnknownUser
        | RequestError::UnsupportedSecurityLevel
        | RequestError::DecryptionFailed
        | RequestError::SilentAfterDiscovery { .. }
        | RequestError::UnknownContext => Failure::refused(sentence),
        _ => Failure::failed(sentence),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::failure::ExitCode;

    fn finding(port: u16, outcome: Outcome) -> Finding {
        Finding { address: SocketAddr::from(([192, 0, 2, 1], port)), outcome }
    }

    #[test]
    fn silence_is_no_answer_and_a_refusal_says_whose_it_is() {
        let silent = Summary::of(&[finding(1, Outcome::NoAnswer), finding(2, Outcome::NoAnswer)]);
        assert_eq!(silent.verdict().unwrap_err().code, ExitCode::NoAnswer);
        let refused = |port| finding(port, Outcome::Refused(RequestError::UnknownUser));
        let failure =
            Summary::of(&[refused(1), finding(2, Outcome::NoAnswer), refused(3)]).verdict().unwrap_err();
        assert_eq!(failure.code, ExitCode::Refused);
        assert!(failure.sentence.starts_with("192.0.2.1:1: ") && failure.sentence.contains("1 more"));
    }
}
