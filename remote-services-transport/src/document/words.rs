use serde::{Deserialize, Serialize};

/// What a command asks a device or the client to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum Action {
    /// Read the device's status now and send it.
    GetStatus,
    /// Restart the device.
    Restart,
    /// Send new firmware to the device.
    Upgrade,
    /// Run the client's checks against the device and send what they say.
    Troubleshoot,
    /// Print a test page.
    PrintTestPage,
    /// Take the device into management.
    StartManagement,
    /// Apply the settings that the policy names.
    ApplySettings,
    /// Read the meters now and send them.
    SendBillingNow,
    /// Add a service to the device's plan.
    AddService,
    /// Change the device's configuration.
    SetConfiguration,
    /// Show the device's own web page.
    OpenWebPage,
    /// Fetch the device's engineering log and send it.
    SendEngineeringLog,
    /// Ask whether newer client software exists.
    CheckSoftware,
}

/// Where a command stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum CommandState {
    /// On the server, not yet listed to the client.
    Queued,
    /// Listed to the client.
    Delivered,
    /// The client will do it.
    Accepted,
    /// A person at the site is being asked.
    AwaitingConsent,
    /// Waits for its time or window.
    Scheduled,
    /// Journalled; effects may have begun.
    Running,
    /// Done.
    Succeeded,
    /// Not done; the result says why.
    Failed,
    /// The run deadline passed.
    TimedOut,
    /// Refused before it began; the reason says why.
    Rejected,
    /// Its time passed before it began.
    Expired,
    /// The operator wants it stopped.
    CancelRequested,
    /// Stopped on request.
    Cancelled,
    /// The client stopped in the middle and is looking at what happened.
    Interrupted,
}

/// Why a client refuses a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum RejectReason {
    /// The administrator switched this action off.
    BlockedByPolicy,
    /// This client or device cannot do it.
    Unsupported,
    /// The client is in lockdown.
    Lockdown,
    /// The device is not managed by this client.
    NotMyDevice,
    /// The command's signature does not hold.
    BadSignature,
    /// Expired, replayed or not yet valid.
    Stale,
}

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum ResultCode {
    /// Done.
    Ok,
    /// The device does not answer.
    NotReachable,
    /// The device answered no.
    RefusedByDevice,
    /// The device does not take our credentials.
    AuthenticationFailed,
    /// A digest or signature does not hold.
    IntegrityFailed,
    /// The package is not for this device.
    UnsupportedPackage,
    /// No room for it.
    NotEnoughSpace,
    /// The device is busy.
    DeviceBusy,
    /// The person who was asked said no.
    ConsentDenied,
    /// The maintenance window ended.
    WindowClosed,
    /// Switched off by policy while waiting.
    PolicyDisabled,
    /// A fault of the client.
    Internal,
}

/// How much the site lets the server do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum SecurityMode {
    /// Daily contact, remote settings, commands.
    #[default]
    Normal,
    /// Device data goes out and nothing else happens.
    Lockdown,
}
