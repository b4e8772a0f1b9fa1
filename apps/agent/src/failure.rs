//! How a command of this program ends when it does not end well: one sentence and an exit code.

use remote_services_transport::client::ClientError;
use remote_services_transport::enrol::EnrolError;
use remote_services_transport::next_step::NextStep;
use std::fmt;

/// Why the program stops, for a person, and the exit code, for a script.
#[derive(Clone, Debug)]
pub struct Failure {
    /// The exit code.
    pub code: ExitCode,
    /// One sentence without a full stop at the end.
    pub sentence: String,
}

/// Exit codes other than 0. They are printed in `--help` and never change their meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum ExitCode {
    /// Something failed.
    Failed = 1,
    /// The command line or a file it names is wrong.
    Usage = 2,
    /// Nobody answered, or a server that has no time now.
    NoAnswer = 3,
    /// Credentials, a certificate or a registration key were refused: by a device, the server or a proxy.
    Refused = 4,
    /// The device, or the settings of the site, did not let it be done.
    Declined = 5,
    /// Ctrl-C; SIGTERM, but for `run`, which ends with 0 then.
    Interrupted = 130,
}

impl ExitCode {
    /// The code as a word, for programs.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Failed => "failed",
            Self::Usage => "usage",
            Self::NoAnswer => "noAnswer",
            Self::Refused => "refused",
            Self::Declined => "declined",
            Self::Interrupted => "interrupted",
        }
    }
}

impl Failure {
    /// Something failed.
    pub fn failed(sentence: impl fmt::Display) -> Self {
        Self { code: ExitCode::Failed, sentence: sentence.to_string() }
    }

    /// The command line or a file it names is wrong.
    pub fn usage(sentence: impl fmt::Display) -> Self {
        Self { code: ExitCode::Usage, sentence: sentence.to_string() }
    }

    /// Nobody answered.
    pub fn no_answer(sentence: impl fmt::Display) -> Self {
        Self { code: ExitCode::NoAnswer, sentence: sentence.to_string() }
    }

    /// Credentials or a registration key were refused.
    pub fn refused(sentence: impl fmt::Display) -> Self {
        Self { code: ExitCode::Refused, sentence: sentence.to_string() }
    }

    /// The device, or the settings of the site, did not let it be done.
    pub fn declined(sentence: impl fmt::Display) -> Self {
        Self { code: ExitCode::Declined, sentence: sentence.to_string() }
    }

    /// The server, or whoever answers in its place, did not give what was asked for; `step` is what there is to do about it.
    pub(crate) fn of_answer(step: NextStep, sentence: impl fmt::Display) -> Self {
        Self { code: of_step(step), sentence: sentence.to_string() }
    }

    /// The user pressed Ctrl-C.
    #[must_use]
    pub fn interrupted() -> Self {
        Self { code: ExitCode::Interrupted, sentence: "interrupted".to_owned() }
    }

    /// The same failure, with something to know besides it.
    #[must_use]
    pub fn and(mut self, also: &str) -> Self {
        self.sentence = format!("{}; {also}", self.sentence);
        self
    }

    /// Whether the same may work later without anybody doing anything.
    #[must_use]
    pub fn may_pass(&self) -> bool {
        matches!(self.code, ExitCode::Failed | ExitCode::NoAnswer)
    }

    /// The same failure, with what was being done in front of it.
    #[must_use]
    pub fn while_doing(mut self, what: &str) -> Self {
        self.sentence = format!("{what}: {}", self.sentence);
        self
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.sentence)
    }
}

impl std::error::Error for Failure {}

impl From<ClientError> for Failure {
    /// What a failed exchange with the server means for a person and a script.
    fn from(error: ClientError) -> Self {
        use ClientError as E;
        let code = match &error {
            E::Enrol(EnrolError::WrongAnchor | EnrolError::KeyRefused(_)) => ExitCode::Refused,
            E::Enrol(EnrolError::Status { .. }) => of_step(error.step()),
            // Somebody answered, or nothing was asked: it is of no use to wait for another answer.
            E::Enrol(_) | E::Http { .. } | E::Digest { .. } | E::Document { .. } | E::Source(_) => {
                ExitCode::Failed
            }
            _ => of_step(error.step()),
        };
        Self { code, sentence: error.to_string() }
    }
}

fn of_step(step: NextStep) -> ExitCode {
    match step {
        NextStep::Trust | NextStep::ProxyCredentials => ExitCode::Refused,
        NextStep::BackOff | NextStep::AskAgain => ExitCode::NoAnswer,
        _ => ExitCode::Failed,
    }
}

/// Adds what was being done to a lower error.
pub trait Context<T> {
    /// Turns the error into a [`Failure`] that starts with `what`.
    ///
    /// # Errors
    /// The lower error, with `what` in front.
    fn context(self, what: impl fmt::Display) -> Result<T, Failure>;
}

impl<T, E: fmt::Display> Context<T> for Result<T, E> {
    fn context(self, what: impl fmt::Display) -> Result<T, Failure> {
        self.map_err(|error| Failure::failed(format_args!("{what}: {error}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::{EXIT_CODES, Line, carry_out};
    use clap::Parser as _;
    use remote_services_transport::client::{HttpFault, Phase, TlsFault};
    use std::io;

    #[test]
    fn the_help_says_what_each_code_means() {
        for (code, meaning) in [
            (ExitCode::Failed, "failed"),
            (ExitCode::Usage, "wrong command line, settings or credentials file"),
            (ExitCode::NoAnswer, "nobody answered, or the server is busy"),
            (ExitCode::Refused, "credentials, certificate or registration key refused"),
            (ExitCode::Declined, "the device or the site's settings declined"),
            (ExitCode::Interrupted, "interrupted"),
        ] {
            let number = code as u8;
            let said = EXIT_CODES
                .lines()
                .flat_map(|line| line.trim().split("   "))
                .any(|said| said == format!("{number} {meaning}"));
            assert!(said, "{number} {meaning}: {EXIT_CODES}");
        }
    }

    #[test]
    fn what_became_of_an_exchange_with_the_server_has_its_code() {
        let (peer, server, proxy) = (|| "server.example:443".to_owned(), "server.example:443", "proxy:3128");
        let reset = || io::Error::from(io::ErrorKind::ConnectionReset);
        let status = |step| ClientError::Status { what: "the directory", step, why: "status".into() };
        let refused_by_proxy =
            |status| ClientError::ProxyRefused { proxy: proxy.into(), server: server.into(), status };
        let tls = |fault| ClientError::Tls { peer: peer(), fault };
        for (error, code) in [
            (ClientError::Resolve { host: "server.example".into(), source: reset() }, ExitCode::NoAnswer),
            (ClientError::Refused { peer: peer() }, ExitCode::NoAnswer),
            (ClientError::TimedOut { peer: peer(), phase: Phase::FirstByte }, ExitCode::NoAnswer),
            (ClientError::Lost { peer: peer(), phase: Phase::Body, source: reset() }, ExitCode::NoAnswer),
            (refused_by_proxy(502), ExitCode::NoAnswer),
            (status(NextStep::BackOff), ExitCode::NoAnswer),
            (ClientError::ProxyCredentials { proxy: proxy.into(), why: "wrong".into() }, ExitCode::Refused),
            (tls(TlsFault::ClientRefused("UnknownCA".into())), ExitCode::Refused),
            (status(NextStep::Trust), ExitCode::Refused),
            (ClientError::Enrol(EnrolError::KeyRefused("used".into())), ExitCode::Refused),
            (ClientError::Enrol(EnrolError::WrongAnchor), ExitCode::Refused),
            (ClientError::Enrol(EnrolError::Randomness), ExitCode::Failed),
            (refused_by_proxy(403), ExitCode::Failed),
            (tls(TlsFault::UnknownIssuer), ExitCode::Failed),
            (ClientError::Http { peer: peer(), fault: HttpFault::Malformed("no version") }, ExitCode::Failed),
            (ClientError::Digest { peer: peer() }, ExitCode::Failed),
            (ClientError::Document { what: "directory", why: "no JSON".into() }, ExitCode::Failed),
            (status(NextStep::Unknown), ExitCode::Failed),
            (status(NextStep::Misconfigured), ExitCode::Failed),
            (ClientError::Source(reset()), ExitCode::Failed),
            (ClientError::Setup("no key".into()), ExitCode::Failed),
        ] {
            let (sentence, failure) = (error.to_string(), Failure::from(error));
            assert_eq!((failure.code, &failure.sentence), (code, &sentence));
        }
    }

    #[test]
    fn who_names_what_is_not_there_has_not_mistyped_the_command_line() {
        const ID: &str = "01890a5d-ac96-774b-bcce-b302099a8057";
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().to_str().unwrap();
        for (words, code) in [
            (&["commands", "agree", "--by", "A. Smith", "--data", data, ID][..], ExitCode::Failed),
            (&["commands", "refuse", "--by", "A. Smith", "--data", data, ID], ExitCode::Failed),
            (&["commands", "agree", "--by", " ", "--data", data, ID], ExitCode::Usage),
            (&["quarantine", "show", "--data", data, ID], ExitCode::Failed),
            (&["quarantine", "retry", "--by", "A. Smith", "--data", data, ID], ExitCode::Failed),
            (&["consent", "withdraw", "--by", "A. Smith", "--data", data, ID], ExitCode::Failed),
            (&["commands", "list", "--format", "xml", "--data", data], ExitCode::Usage),
        ] {
            let line = Line::try_parse_from([&["agent"], words].concat()).unwrap();
            let failure = carry_out(line).unwrap_err();
            assert_eq!(failure.code, code, "{words:?}: {failure}");
        }
    }
}
