//! The path by itself, which reads more certificates than a container may hold.

use super::{ChainError, OpenError};
use crate::support::{Authority, now};

#[test]
fn a_path_ends_at_its_limit_whatever_is_sent_along() {
    let root = Authority::new("root");
    let authorities = root.descending(4);
    let certificates: Vec<_> = authorities.iter().map(|it| it.certificate.clone()).collect();
    let path = |length: usize| {
        let leaf = authorities[length - 1].signer("client").certificate;
        root.trust().check_path(&leaf, &certificates[..length], now())
    };
    path(3).unwrap();
    let unknown = ChainError::UnknownIssuer { subject: "CN=2".to_owned() };
    assert!(matches!(path(4), Err(OpenError::Untrusted(error)) if error == unknown));
}
