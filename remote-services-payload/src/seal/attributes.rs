//! The signed attributes of a SignerInfo (RFC 5652 §11): content type, digest, time.

use core::time::Duration;

use der::asn1::{GeneralizedTime, ObjectIdentifier, UtcTime};
use der::{DateTime, Decode, Encode};
use remote_services_core::time::Timestamp;

use super::asn1::{self, Element, tag};
use super::error::{DerError, DerErrorKind, OpenError, SealError};
use super::oid;
use super::scheme::Digest;

/// The attributes that the profile needs. Others are covered by the signature and passed over.
pub(crate) struct Attributes {
    pub(crate) digest: Digest,
    pub(crate) signing_time: Timestamp,
}

impl Attributes {
    /// The attributes encoded, in DER order, without the tag around them.
    pub(crate) fn encoded(digest: &Digest, now: Timestamp) -> Result<Vec<u8>, SealError> {
        let mut attributes = [
            attribute(oid::ATTRIBUTE_CONTENT_TYPE, &asn1::oid(oid::DATA)),
            attribute(oid::ATTRIBUTE_SIGNING_TIME, &encoded_time(now)?),
            attribute(oid::ATTRIBUTE_MESSAGE_DIGEST, &asn1::element(tag::OCTET_STRING, &[digest.as_slice()])),
        ];
        attributes.sort_unstable();
        Ok(attributes.concat())
    }

    pub(crate) fn read(set: &Element<'_>) -> Result<Self, OpenError> {
        let der = OpenError::Signed;
        let mut inside = set.inside();
        let mut previous: Option<&[u8]> = None;
        let mut seen: Vec<ObjectIdentifier> = Vec::new();
        let (mut content_type, mut digest, mut signing_time) = (None, None, None);
        while inside.peek().is_some() {
            if seen.len() == MAX_ATTRIBUTES {
                return Err(OpenError::TooMany { what: "signed attributes", limit: MAX_ATTRIBUTES });
            }
            let element = inside.element(tag::SEQUENCE, "Attribute").map_err(der)?;
            if previous.is_some_and(|previous| previous > element.whole) {
                return Err(OpenError::AttributeOrder);
            }
            previous = Some(element.whole);
            let mut parts = element.inside();
            let name = parts.oid("Attribute.attrType").map_err(der)?;
            if seen.contains(&name) {
                return Err(OpenError::AttributeRepeated { attribute: name });
            }
            seen.push(name);
            let mut values = parts.enter(tag::SET, "Attribute.attrValues").map_err(der)?;
            parts.finish("Attribute").map_err(der)?;
            match name {
                oid::ATTRIBUTE_CONTENT_TYPE => {
                    content_type = Some(values.oid("contentType").map_err(der)?);
                }
                oid::ATTRIBUTE_MESSAGE_DIGEST => {
                    let value = values.element(tag::OCTET_STRING, "messageDigest").map_err(der)?;
                    digest = Some(Digest::new(value.body).ok_or(OpenError::Digest)?);
                }
                oid::ATTRIBUTE_SIGNING_TIME => {
                    signing_time = Some(read_time(&values.any("signingTime").map_err(der)?).map_err(der)?);
                }
                // What others sign along is theirs, e.g. S/MIME capabilities.
                _ => continue,
            }
            if values.peek().is_some() {
                return Err(OpenError::AttributeRepeated { attribute: name });
            }
        }
        match content_type {
            Some(oid::DATA) => {}
            Some(found) => {
                return Err(OpenError::ContentType {
                    structure: "contentType attribute",
                    found,
                    expected: oid::DATA,
                });
            }
            None => return Err(OpenError::AttributeMissing { attribute: "contentType" }),
        }
        Ok(Self {
            digest: digest.ok_or(OpenError::AttributeMissing { attribute: "messageDigest" })?,
            signing_time: signing_time.ok_or(OpenError::AttributeMissing { attribute: "signingTime" })?,
        })
    }
}

fn attribute(name: ObjectIdentifier, value: &[u8]) -> Vec<u8> {
    asn1::element(tag::SEQUENCE, &[&asn1::oid(name), &asn1::element(tag::SET, &[value])])
}

/// UTCTime until 2049, GeneralizedTime from 2050 (RFC 5652 §11.3).
fn encoded_time(now: Timestamp) -> Result<Vec<u8>, SealError> {
    let fail = |_: der::Error| SealError::Internal("the signing time lies before 1970 or after 9999");
    let seconds = u64::try_from(now.unix_seconds()).map_err(|_| fail(der::ErrorKind::DateTime.into()))?;
    let time = DateTime::from_unix_duration(Duration::from_secs(seconds)).map_err(fail)?;
    if time.year() < 2050 {
        UtcTime::from_date_time(time).and_then(|time| time.to_der()).map_err(fail)
    } else {
        GeneralizedTime::from_date_time(time).to_der().map_err(fail)
    }
}

fn read_time(element: &Element<'_>) -> Result<Timestamp, DerError> {
    let fail =
        |_: der::Error| DerError { field: "signingTime", offset: element.offset, kind: DerErrorKind::Value };
    let since_1970 = match element.whole.first() {
        Some(&tag::GENERALIZED_TIME) => {
            let time = GeneralizedTime::from_der(element.whole).map_err(fail)?;
            if time.to_date_time().year() < 2050 {
                return Err(fail(der::ErrorKind::DateTime.into()));
            }
            time.to_unix_duration()
        }
        Some(&tag::UTC_TIME) => UtcTime::from_der(element.whole).map_err(fail)?.to_unix_duration(),
        _ => return Err(fail(der::ErrorKind::DateTime.into())),
    };
    Ok(Timestamp::default().plus(since_1970))
}

/// OpenSSL signs four; room for a few more.
const MAX_ATTRIBUTES: usize = 16;

#[cfg(test)]
mod tests {
    use super::*;

    fn read(octets: &[u8]) -> Result<Timestamp, DerErrorKind> {
        let element = asn1::Cursor::new(octets, 0).any("test").unwrap();
        read_time(&element).map_err(|error| error.kind)
    }

    #[test]
    fn times_from_2050_on_are_generalized_and_no_others() {
        for (text, kind) in [
            ("1970-01-01T00:00:00Z", tag::UTC_TIME),
            ("2049-12-31T23:59:59Z", tag::UTC_TIME),
            ("2050-01-01T00:00:00Z", tag::GENERALIZED_TIME),
            ("2051-06-30T12:00:00Z", tag::GENERALIZED_TIME),
        ] {
            let time: Timestamp = text.parse().unwrap();
            let octets = encoded_time(time).unwrap();
            assert_eq!((octets[0], read(&octets)), (kind, Ok(time)), "{text}");
        }
        let early = asn1::element(tag::GENERALIZED_TIME, &[b"20491231235959Z"]);
        assert_eq!(read(&early), Err(DerErrorKind::Value));
        let other = asn1::element(tag::OCTET_STRING, &[b"20500101000000Z"]);
        assert_eq!(read(&other), Err(DerErrorKind::Value));
    }
}
