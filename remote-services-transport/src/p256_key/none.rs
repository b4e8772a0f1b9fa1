//! No module: there are no keys, and no signature holds.

use super::Point;
use zeroize::Zeroizing;

pub(crate) enum PrivateKey {}

impl PrivateKey {
    pub(crate) fn generate(_: &mut dyn FnMut(&mut [u8])) -> Option<Self> {
        None
    }

    pub(crate) fn from_pkcs8(_: &[u8]) -> Option<Self> {
        None
    }

    pub(crate) fn to_pkcs8(&self) -> Zeroizing<Vec<u8>> {
        match *self {}
    }

    pub(crate) fn duplicate(&self) -> Self {
        match *self {}
    }

    pub(crate) fn point(&self) -> Point {
        match *self {}
    }

    pub(crate) fn sign(&self, _: &[u8]) -> Vec<u8> {
        match *self {}
    }
}

pub(crate) fn verify(_: &Point, _: &[u8], _: &[u8]) -> bool {
    false
}
