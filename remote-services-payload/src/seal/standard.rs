//! The module that is taken where the caller names none.

use super::provider::CryptoProvider;

/// RustCrypto where the crate is built with it, otherwise ring; AWS-LC is only taken by who names it. A crate that is
/// built with neither digests, and refuses everything else.
#[must_use]
pub(crate) fn standard() -> &'static dyn CryptoProvider {
    #[cfg(feature = "rust-crypto")]
    return super::rust_crypto();
    #[cfg(all(feature = "ring", not(feature = "rust-crypto")))]
    return super::ring();
    #[cfg(not(any(feature = "ring", feature = "rust-crypto")))]
    return &super::no_module::NoModule;
}
