use serde::{Deserialize, Serialize};
use std::fmt;

/// An error answer, `application/problem+json` (RFC 9457), with the members that this protocol adds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Problem {
    /// Stable URI of the kind of problem; see [`ProblemKind`].
    #[serde(rename = "type", default = "about_blank")]
    pub kind: String,
    /// One short sentence for the kind.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// The HTTP status, repeated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// One sentence for this very case.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// A reference under which the server's log knows this case.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instance: Option<String>,
    /// The archive entry that a refused upload stumbled over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub entry: Option<String>,
    /// The element path within that entry.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// Why it was refused, as a token.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// The kinds of problem that this protocol names; their URIs never change their meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ProblemKind {
    /// The document or the request cannot be understood.
    Malformed,
    /// The body's digest differs from `Content-Digest`, or the field is missing.
    Digest,
    /// The registration key is unknown, used up or expired.
    RegistrationKey,
    /// The certificate is missing, revoked, or not that of this client.
    NotTrusted,
    /// Nothing of that name.
    NotFound,
    /// Another body is already stored under that name.
    Conflict,
    /// The body is larger than the directory allows.
    TooLarge,
    /// The media type is not taken here.
    MediaType,
    /// The payload was read and refused; `entry`, `path` and `reason` say why.
    Payload,
    /// The state that the execution wants cannot follow the state that it has.
    Transition,
    /// The document changed since it was read.
    Precondition,
    /// The command is closed.
    Closed,
    /// Too many requests.
    Busy,
    /// The server's own fault.
    Internal,
}

impl ProblemKind {
    /// The stable `type` URI.
    #[must_use]
    pub fn uri(self) -> &'static str {
        match self {
            Self::Malformed => "urn:remote-services:problem:malformed",
            Self::Digest => "urn:remote-services:problem:digest",
            Self::RegistrationKey => "urn:remote-services:problem:registration-key",
            Self::NotTrusted => "urn:remote-services:problem:not-trusted",
            Self::NotFound => "urn:remote-services:problem:not-found",
            Self::Conflict => "urn:remote-services:problem:conflict",
            Self::TooLarge => "urn:remote-services:problem:too-large",
            Self::MediaType => "urn:remote-services:problem:media-type",
            Self::Payload => "urn:remote-services:problem:payload",
            Self::Transition => "urn:remote-services:problem:transition",
            Self::Precondition => "urn:remote-services:problem:precondition",
            Self::Closed => "urn:remote-services:problem:closed",
            Self::Busy => "urn:remote-services:problem:busy",
            Self::Internal => "urn:remote-services:problem:internal",
        }
    }

    /// The status that goes with this kind.
    #[must_use]
    pub fn status(self) -> u16 {
        match self {
            Self::Malformed | Self::Digest => 400,
            Self::RegistrationKey => 401,
            Self::NotTrusted => 403,
            Self::NotFound => 404,
            Self::Conflict | Self::Transition => 409,
            Self::Closed => 410,
            Self::Precondition => 412,
            Self::TooLarge => 413,
            Self::MediaType => 415,
            Self::Payload => 422,
            Self::Busy => 429,
            Self::Internal => 500,
        }
    }

    fn title(self) -> &'static str {
        match self {
            Self::Malformed => "The request cannot be understood",
            Self::Digest => "The body does not match its digest",
            Self::RegistrationKey => "The registration key is unknown, used or expired",
            Self::NotTrusted => "The client is not, or no longer, trusted",
            Self::NotFound => "There is nothing of that name",
            Self::Conflict => "Something else is stored under that name",
            Self::TooLarge => "The body is too large",
            Self::MediaType => "The media type is not taken here",
            Self::Payload => "The payload was refused",
            Self::Transition => "That state cannot follow the present one",
            Self::Precondition => "The document changed since it was read",
            Self::Closed => "The command is closed",
            Self::Busy => "Too many requests",
            Self::Internal => "The server failed",
        }
    }
}

impl Problem {
    /// A problem of a known kind, with one sentence about the case.
    #[must_use]
    pub fn new(kind: ProblemKind, detail: impl Into<String>) -> Self {
        Self {
            kind: kind.uri().to_owned(),
            title: Some(kind.title().to_owned()),
            status: Some(kind.status()),
            detail: Some(detail.into()),
            ..Self::default()
        }
    }
}

/// One sentence: the detail if there is one, else the title, else the kind; then where the payload was refused.
impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sentence = self.detail.as_deref().or(self.title.as_deref()).unwrap_or(&self.kind);
        f.write_str(sentence)?;
        if let Some(entry) = &self.entry {
            write!(
                f,
                " (in {entry}{}{})",
                if self.path.is_some() { " at " } else { "" },
                self.path.as_deref().unwrap_or_default()
            )?;
        }
        if let Some(reason) = &self.reason {
            write!(f, " [{reason}]")?;
        }
        Ok(())
    }
}

fn about_blank() -> String {
    "about:blank".to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bare_object_is_a_problem_of_no_kind() {
        let problem: Problem = serde_json::from_str(r#"{"status":502,"unknown":[1]}"#).unwrap();
        assert_eq!(problem.kind, "about:blank");
        assert_eq!(problem.status, Some(502));
    }

    #[test]
    fn a_refused_payload_says_where() {
        let problem = Problem {
            entry: Some("counters.xml".into()),
            path: Some("/Counters/Service[2]".into()),
            ..Problem::new(ProblemKind::Payload, "unknown unit")
        };
        assert_eq!(problem.to_string(), "unknown unit (in counters.xml at /Counters/Service[2])");
        let json = serde_json::to_value(&problem).unwrap();
        assert_eq!(json["type"], "urn:remote-services:problem:payload");
        assert_eq!(json["status"], 422);
        assert!(json.get("reason").is_none());
    }

    #[test]
    fn each_kind_has_an_address_and_a_title_of_its_own_and_the_status_of_the_protocol() {
        let table = [
            (ProblemKind::Malformed, "malformed", 400),
            (ProblemKind::Digest, "digest", 400),
            (ProblemKind::RegistrationKey, "registration-key", 401),
            (ProblemKind::NotTrusted, "not-trusted", 403),
            (ProblemKind::NotFound, "not-found", 404),
            (ProblemKind::Conflict, "conflict", 409),
            (ProblemKind::Transition, "transition", 409),
            (ProblemKind::Closed, "closed", 410),
            (ProblemKind::Precondition, "precondition", 412),
            (ProblemKind::TooLarge, "too-large", 413),
            (ProblemKind::MediaType, "media-type", 415),
            (ProblemKind::Payload, "payload", 422),
            (ProblemKind::Busy, "busy", 429),
            (ProblemKind::Internal, "internal", 500),
        ];
        let mut titles = std::collections::BTreeSet::new();
        for (kind, name, status) in table {
            let problem = Problem::new(kind, "this case");
            assert_eq!(problem.kind, format!("urn:remote-services:problem:{name}"));
            assert_eq!((problem.status, problem.detail.as_deref()), (Some(status), Some("this case")));
            assert!(titles.insert(problem.title.expect("each has one")), "{kind:?}");
        }
    }
}
