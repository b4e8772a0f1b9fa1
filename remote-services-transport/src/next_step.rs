//! Status → next step: the one function that all state machines ask.

/// How one exchange ended, as far as the next step is concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// The server answered with this status.
    Status(u16),
    /// No usable answer: an I/O error, a time-out, a broken body.
    NoAnswer,
}

/// What to do after an exchange. Each machine gives it its own meaning where the table says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum NextStep {
    /// Done, or nothing new: go on.
    GoOn,
    /// Taken, not ready: ask again after Retry-After.
    AskAgain,
    /// A redirect that this API never sends: a misconfigured server or an interfering proxy. Stop and report.
    Misconfigured,
    /// A redirect that is allowed in a few places only: follow once, never with credentials to another origin.
    Follow,
    /// Our fault: set the item aside with the problem document, never repeat it as it is.
    Quarantine,
    /// Not, or no longer, trusted: to the enrolment machine; uploads wait.
    Trust,
    /// Gone: drop the command, set an upload aside.
    Gone,
    /// The proxy wants credentials.
    ProxyCredentials,
    /// Passing: back off with jitter.
    BackOff,
    /// Read the current state, decide again.
    Conflict,
    /// Somebody else was first: read again, decide again, a few times at most.
    ReadAgain,
    /// Too large: split, or set aside.
    TooLarge,
    /// The resume point is wrong: start the artifact again.
    StartAgain,
    /// Nobody knows: as passing, at the longest interval, reported.
    Unknown,
}

/// The table of the protocol, "Status → next step".
#[must_use]
pub fn next_step(outcome: Outcome) -> NextStep {
    let Outcome::Status(status) = outcome else { return NextStep::BackOff };
    match status {
        200 | 201 | 204 | 304 => NextStep::GoOn,
        202 => NextStep::AskAgain,
        301..=303 => NextStep::Misconfigured,
        307 | 308 => NextStep::Follow,
        400 | 406 | 415 | 422 => NextStep::Quarantine,
        401 | 403 => NextStep::Trust,
        404 | 410 => NextStep::Gone,
        407 => NextStep::ProxyCredentials,
        408 | 425 | 429 | 500 | 502 | 503 | 504 => NextStep::BackOff,
        409 => NextStep::Conflict,
        412 => NextStep::ReadAgain,
        413 => NextStep::TooLarge,
        416 => NextStep::StartAgain,
        _ => NextStep::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_rows_of_the_protocol_are_the_rows_of_the_function() {
        let rows: [(&[u16], NextStep); 13] = [
            (&[200, 201, 204, 304], NextStep::GoOn),
            (&[202], NextStep::AskAgain),
            (&[301, 302, 303], NextStep::Misconfigured),
            (&[307, 308], NextStep::Follow),
            (&[400, 406, 415, 422], NextStep::Quarantine),
            (&[401, 403], NextStep::Trust),
            (&[404, 410], NextStep::Gone),
            (&[407], NextStep::ProxyCredentials),
            (&[408, 425, 429, 500, 502, 503, 504], NextStep::BackOff),
            (&[409], NextStep::Conflict),
            (&[412], NextStep::ReadAgain),
            (&[413], NextStep::TooLarge),
            (&[416], NextStep::StartAgain),
        ];
        let mut known = 0;
        for (statuses, step) in rows {
            for status in statuses {
                assert_eq!(next_step(Outcome::Status(*status)), step, "{status}");
                known += 1;
            }
        }
        let unknown =
            (0..=u16::MAX).filter(|status| next_step(Outcome::Status(*status)) == NextStep::Unknown);
        assert_eq!(unknown.count() + known, 65_536);
        assert_eq!(next_step(Outcome::NoAnswer), NextStep::BackOff);
    }

    proptest! {
        #[test]
        fn only_what_succeeded_goes_on(status: u16) {
            if next_step(Outcome::Status(status)) == NextStep::GoOn {
                prop_assert!((200..300).contains(&status) || status == 304);
            }
        }

        #[test]
        fn no_fault_of_the_server_makes_us_throw_anything_away(status in 500_u16..600) {
            let step = next_step(Outcome::Status(status));
            prop_assert!(matches!(step, NextStep::BackOff | NextStep::Unknown));
        }
    }
}
