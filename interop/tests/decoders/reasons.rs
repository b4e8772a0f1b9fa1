//! Why rasn-snmp takes what we refuse, in every version.
use remote_services_snmp::ber::{DecodeErrorKind as Kind, Limits, Reader, Tag};

/// A reason in words, and whether it explains that we refuse with this error.
pub(crate) type Reason = (&'static str, fn(Kind) -> bool);

pub(crate) const PADDED_ARC: Reason =
    ("it takes sub-identifiers that start with 0x80, which X.690 8.19.2 forbids", |kind| {
        kind == Kind::PaddedArc
    });

pub(crate) const CONSTRUCTED: Reason =
    ("it does not look at the bit that says whether a type is constructed", |kind| match kind {
        Kind::UnexpectedTag { expected, found } => found.0 ^ expected.0 == 0x20,
        Kind::UnknownValue(found) => is_value(Tag(found.0 ^ 0x20)),
        _ => false,
    });

pub(crate) const UNBOUNDED: Reason =
    ("its INTEGER has no bounds", |kind| kind == Kind::OutOfRange(Tag::INTEGER));

fn is_value(tag: Tag) -> bool {
    let octets = match tag {
        Tag::IP_ADDRESS => vec![tag.0, 4, 1, 2, 3, 4],
        Tag::NULL | Tag::NO_SUCH_OBJECT | Tag::NO_SUCH_INSTANCE | Tag::END_OF_MIB_VIEW => vec![tag.0, 0],
        _ => vec![tag.0, 1, 1],
    };
    Reader::new(&octets).value(&Limits::default()).is_ok()
}
