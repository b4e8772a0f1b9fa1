//! No module: there are no keys, and no signature holds.

use super::Point;
use remote_services_core::key::KeyError;
use zeroize::Zeroizing;

/// Nobody can make one. Not an empty enum in sight of others: what they do with keys would count as unreachable.
pub(crate) struct PrivateKey(Never);

enum Never {}

impl PrivateKey {
    pub(crate) fn generate(_: &mut dyn FnMut(&mut [u8])) -> Option<Self> {
        None
    }

    pub(crate) fn draw() -> Option<Self> {
        None
    }

    pub(crate) fn from_pkcs8(_: &[u8]) -> Option<Self> {
        None
    }

    pub(crate) fn to_pkcs8(&self) -> Zeroizing<Vec<u8>> {
        match self.0 {}
    }

    pub(crate) fn duplicate(&self) -> Self {
        match self.0 {}
    }

    pub(crate) fn point(&self) -> Point {
        match self.0 {}
    }

    pub(crate) fn sign(&self, _: &[u8]) -> Result<Vec<u8>, KeyError> {
        match self.0 {}
    }
}

pub(crate) fn verify(_: &Point, _: &[u8], _: &[u8]) -> bool {
    false
}

pub(crate) fn fips_mode() -> bool {
    false
}

pub(crate) const MODULE: &str = "no module";
