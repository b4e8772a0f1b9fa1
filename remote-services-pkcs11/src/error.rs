use remote_services_core::key::KeyKind;

/// Why a token's key cannot be used, in one sentence.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TokenError {
    /// The library cannot be loaded, or is none.
    #[error("the PKCS#11 module {path} cannot be used: {source}")]
    Module {
        /// The library's file.
        path: String,
        /// What the loader or the library says.
        source: cryptoki::error::Error,
    },
    /// No token is what the URI says.
    #[error("no token fits {uri}; there are: {found}")]
    NoToken {
        /// The URI.
        uri: String,
        /// Labels of the tokens that are there.
        found: String,
    },
    /// Several tokens are what the URI says.
    #[error("{count} tokens fit {uri}: say which, by serial=…")]
    ManyTokens {
        /// The URI.
        uri: String,
        /// How many.
        count: usize,
    },
    /// The token does not take the PIN. Tries are counted by the token, so there is no second one.
    #[error("the token does not accept the PIN, or has locked it: {0}")]
    Pin(cryptoki::error::Error),
    /// No key is what the URI says.
    #[error("the token holds no private key that fits {uri}")]
    NoKey {
        /// The URI.
        uri: String,
    },
    /// Several keys are what the URI says.
    #[error("{count} keys of the token fit {uri}: say which, by id=…")]
    ManyKeys {
        /// The URI.
        uri: String,
        /// How many.
        count: usize,
    },
    /// There is one already, and it is not replaced.
    #[error("the token holds a key that fits {uri} already")]
    Exists {
        /// The URI.
        uri: String,
    },
    /// The token does not show the public half.
    #[error("the token has no public key beside the private key {uri}")]
    NoPublicKey {
        /// The URI.
        uri: String,
    },
    /// Another kind of key.
    #[error("the token's key is neither on {} nor on {}", KeyKind::P256, KeyKind::P384)]
    Kind,
    /// The token failed.
    #[error("the token failed: {0}")]
    Token(#[from] cryptoki::error::Error),
}
