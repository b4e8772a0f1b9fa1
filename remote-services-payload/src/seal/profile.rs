//! What reading SignedData and reading AuthEnvelopedData have in common.

use der::asn1::ObjectIdentifier;

use super::asn1::{Algorithm, Cursor, tag};
use super::error::{DerError, OpenError};
use super::scheme::Unread;

/// Enters a ContentInfo (RFC 5652 §3) that fills `octets`, down to the inside of its content's SEQUENCE.
pub(crate) fn content_info<'a>(
    octets: &'a [u8],
    expected: ObjectIdentifier,
    structure: &'static str,
    der: fn(DerError) -> OpenError,
) -> Result<Cursor<'a>, OpenError> {
    let mut outer = Cursor::new(octets, 0);
    let mut info = outer.enter(tag::SEQUENCE, structure).map_err(der)?;
    outer.finish(structure).map_err(der)?;
    let found = info.oid(structure).map_err(der)?;
    if found != expected {
        return Err(OpenError::ContentType { structure, found, expected });
    }
    let mut explicit = info.enter(tag::CONTEXT_0, structure).map_err(der)?;
    info.finish(structure).map_err(der)?;
    let inside = explicit.enter(tag::SEQUENCE, structure).map_err(der)?;
    explicit.finish(structure).map_err(der)?;
    Ok(inside)
}

pub(crate) fn expect_algorithm(
    algorithm: &Algorithm<'_>,
    role: &'static str,
    expected: (ObjectIdentifier, &'static str),
) -> Result<(), OpenError> {
    if algorithm.oid == expected.0 {
        Ok(())
    } else {
        Err(unread(Unread::Algorithm, algorithm, role, expected.1))
    }
}

pub(crate) fn no_parameters(algorithm: &Algorithm<'_>, role: &'static str) -> Result<(), OpenError> {
    if algorithm.parameters.is_empty() {
        Ok(())
    } else {
        Err(OpenError::AlgorithmParameters { role, offset: algorithm.offset })
    }
}

pub(crate) fn expect_version(structure: &'static str, found: u32, expected: u32) -> Result<(), OpenError> {
    if found == expected { Ok(()) } else { Err(OpenError::Version { structure, found, expected }) }
}

pub(crate) fn unread(
    why: Unread,
    algorithm: &Algorithm<'_>,
    role: &'static str,
    expected: &'static str,
) -> OpenError {
    match why {
        Unread::Algorithm => OpenError::Algorithm { role, found: algorithm.oid, expected },
        Unread::Parameters => OpenError::AlgorithmParameters { role, offset: algorithm.offset },
    }
}
