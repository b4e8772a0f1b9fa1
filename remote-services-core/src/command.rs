//! What a server may ask of a client, and what becomes of it.

open_enum! {
    /// An action that a server may ask for.
    pub enum Action {
        /// Fetch the device's latest state.
        GetStatus: "getStatus",
        /// Restart the device.
        Restart: "restart",
        /// Send the device new firmware.
        Upgrade: "upgrade",
        /// Ping, then fetch the latest state.
        Troubleshoot: "troubleshoot",
        /// Print a test page.
        PrintTestPage: "printTestPage",
        /// Begin the device's own periodic transfers.
        StartManagement: "startManagement",
        /// Change settings of the client.
        ApplySettings: "applySettings",
        /// Send billing data now.
        SendBillingNow: "sendBillingNow",
        /// Add a service.
        AddService: "addService",
        /// Change the device's configuration.
        SetConfiguration: "setConfiguration",
        /// Open the device's web page.
        OpenWebPage: "openWebPage",
        /// Send an engineering log.
        SendEngineeringLog: "sendEngineeringLog",
        /// Ask whether newer software exists.
        CheckSoftware: "checkSoftware",
    }

    /// Where a command is between being queued and being closed.
    pub enum CommandState {
        /// Waits on the server.
        Queued: "queued",
        /// Was listed to the client.
        Delivered: "delivered",
        /// The client will carry it out.
        Accepted: "accepted",
        /// Somebody on site must agree first.
        AwaitingConsent: "awaitingConsent",
        /// Waits for its time.
        Scheduled: "scheduled",
        /// Is being carried out.
        Running: "running",
        /// The client stopped in the middle and is finding out what happened.
        Interrupted: "interrupted",
        /// Done.
        Succeeded: "succeeded",
        /// Tried, without success.
        Failed: "failed",
        /// Not done by its deadline.
        TimedOut: "timedOut",
        /// The client will not do it; the reason says why.
        Rejected: "rejected",
        /// Its time ran out before it began.
        Expired: "expired",
        /// The server took it back; the client has not confirmed yet.
        CancelRequested: "cancelRequested",
        /// Taken back.
        Cancelled: "cancelled",
    }

    /// Why a client will not carry out a command.
    pub enum RejectReason {
        /// The customer's administrator has disabled the action.
        BlockedByPolicy: "blockedByPolicy",
        /// The client does not know the action.
        Unsupported: "unsupported",
        /// The client is in lockdown.
        Lockdown: "lockdown",
        /// The client does not manage that device.
        NotMyDevice: "notMyDevice",
        /// The command is not signed by the server's command key.
        BadSignature: "badSignature",
        /// The command is too old, or was seen before.
        Stale: "stale",
    }

    /// How carrying out a command ended.
    pub enum ResultCode {
        /// As asked.
        Ok: "ok",
        /// The device did not answer.
        NotReachable: "notReachable",
        /// The device said no.
        RefusedByDevice: "refusedByDevice",
        /// The device did not accept the credentials.
        AuthenticationFailed: "authenticationFailed",
        /// A digest or signature did not match.
        IntegrityFailed: "integrityFailed",
        /// The device cannot use the package.
        UnsupportedPackage: "unsupportedPackage",
        /// No room on the device or host.
        NotEnoughSpace: "notEnoughSpace",
        /// The device is at work.
        DeviceBusy: "deviceBusy",
        /// Somebody on site said no.
        ConsentDenied: "consentDenied",
        /// The time window was over.
        WindowClosed: "windowClosed",
        /// The customer's administrator has disabled the action.
        PolicyDisabled: "policyDisabled",
        /// A fault of the client.
        Internal: "internal",
    }

    /// What the customer's administrator lets an action do.
    pub enum ActionSetting {
        /// Never; refused and reported as refused.
        Off: "off",
        /// Only after somebody on site agreed.
        Ask: "ask",
        /// Yes.
        On: "on",
    }
}

impl CommandState {
    /// Whether nothing can follow.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        matches!(
            self,
            Self::Succeeded
                | Self::Failed
                | Self::TimedOut
                | Self::Rejected
                | Self::Expired
                | Self::Cancelled
        )
    }

    /// Whether a report may move a command from `self` to `next`; repeating a state is allowed while it is open.
    #[must_use]
    pub fn may_become(&self, next: &Self) -> bool {
        use CommandState as S;
        if self.is_closed() {
            return false;
        }
        if *self == S::CancelRequested {
            // The wish may cross with what the client does: what it did is taken, so that no result is lost.
            return next.is_closed() || matches!(next, S::CancelRequested | S::Running | S::Interrupted);
        }
        match next {
            S::Delivered => matches!(self, S::Queued | S::Delivered),
            S::Accepted => matches!(self, S::Delivered | S::Accepted),
            S::AwaitingConsent => matches!(self, S::Accepted | S::AwaitingConsent),
            S::Scheduled => matches!(self, S::Accepted | S::AwaitingConsent | S::Scheduled),
            S::Running => matches!(self, S::Accepted | S::AwaitingConsent | S::Scheduled | S::Running),
            S::Interrupted => matches!(self, S::Running | S::Interrupted),
            S::Succeeded => matches!(self, S::Running | S::Interrupted),
            S::Failed | S::TimedOut => {
                matches!(self, S::Accepted | S::AwaitingConsent | S::Scheduled | S::Running | S::Interrupted)
            }
            S::Rejected => matches!(self, S::Delivered | S::Accepted | S::AwaitingConsent),
            S::Expired => {
                matches!(self, S::Queued | S::Delivered | S::Accepted | S::AwaitingConsent | S::Scheduled)
            }
            S::CancelRequested => true,
            S::Cancelled => matches!(self, S::Queued),
            S::Queued | S::Unlisted(_) => false,
        }
    }
}

impl CommandState {
    /// Whether `next` can be reached from `self` in one or more steps of [`Self::may_become`].
    ///
    /// A server rules on reports by this: the states in between may have been reported while nobody could hear. The
    /// wish to cancel is the server's own, so no report leads there, and none beyond it unless it was made.
    #[must_use]
    pub fn may_lead_to(&self, next: &Self) -> bool {
        let mut reached = [false; Self::LISTED.len()];
        let mut front = alloc::vec![self.clone()];
        while let Some(state) = front.pop() {
            for (position, (following, _, _)) in Self::LISTED.iter().enumerate() {
                if !reached[position] && *following != Self::CancelRequested && state.may_become(following) {
                    reached[position] = true;
                    // A wish to cancel is the server's own state: no way of the client leads through it.
                    if *following != Self::CancelRequested {
                        front.push(following.clone());
                    }
                }
            }
        }
        Self::LISTED.iter().zip(reached).any(|((state, _, _), reached)| reached && state == next)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_may_skip_states_but_never_go_back() {
        assert!(CommandState::Delivered.may_lead_to(&CommandState::Succeeded));
        assert!(CommandState::Accepted.may_lead_to(&CommandState::Interrupted));
        assert!(!CommandState::Running.may_lead_to(&CommandState::Accepted));
        assert!(!CommandState::Running.may_lead_to(&CommandState::Rejected));
        assert!(!CommandState::Succeeded.may_lead_to(&CommandState::Failed));
        assert!(!CommandState::Queued.may_lead_to(&CommandState::Queued));
        assert!(!CommandState::Running.may_lead_to(&CommandState::Rejected));
        assert!(!CommandState::Running.may_lead_to(&CommandState::Cancelled));
        assert!(CommandState::CancelRequested.may_lead_to(&CommandState::Cancelled));
    }

    #[test]
    fn nothing_follows_a_closed_state() {
        for (state, _, _) in CommandState::LISTED {
            for (next, _, _) in CommandState::LISTED {
                assert!(!(state.is_closed() && state.may_become(next)), "{state} -> {next}");
            }
        }
    }

    #[test]
    fn a_command_never_runs_before_it_is_accepted() {
        assert!(!CommandState::Queued.may_become(&CommandState::Running));
        assert!(!CommandState::Delivered.may_become(&CommandState::Running));
        assert!(CommandState::Accepted.may_become(&CommandState::Running));
    }

    #[test]
    fn a_result_that_crosses_with_a_cancellation_is_taken() {
        for next in
            [CommandState::Cancelled, CommandState::Running, CommandState::Succeeded, CommandState::Failed]
        {
            assert!(CommandState::CancelRequested.may_become(&next), "{next}");
        }
        assert!(!CommandState::CancelRequested.may_become(&CommandState::Accepted));
        assert!(!CommandState::Running.may_become(&CommandState::Cancelled));
    }

    #[test]
    fn what_was_interrupted_never_runs_again() {
        assert!(!CommandState::Interrupted.may_become(&CommandState::Running));
        assert!(CommandState::Interrupted.may_become(&CommandState::Succeeded));
    }
}
