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
    #[error("{count} tokens fit {uri}: say which, by token= or serial=; there are: {found}")]
    ManyTokens {
        /// The URI.
        uri: String,
        /// How many.
        count: usize,
        /// Labels and serial numbers of those that fit.
        found: String,
    },
    /// The token does not take the PIN. Tries are counted by the token, so there is no second one.
    #[error("the token does not accept the PIN, which is not tried again: {0}")]
    Pin(cryptoki::error::Error),
    /// The token refused this PIN before, and was not asked again.
    #[error("the token did not accept this PIN before, so it was not tried again")]
    PinKnownWrong,
    /// The PIN is locked, whichever is given.
    #[error("the token has locked its PIN: its security officer can set a new one")]
    PinLocked,
    /// The login failed otherwise, which is what some modules say of a wrong PIN, too: so it is tried once a call.
    #[error("the token does not let in who shows the PIN: {0}")]
    Login(cryptoki::error::Error),
    /// One more wrong PIN would lock the token, so none was tried.
    #[error(
        "the token has one try of its PIN left, which is not used up here: give it the right one by a program of its own first"
    )]
    PinFinalTry,
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
    /// Another key is there now than the one that was found first.
    #[error("the token holds another key now that fits {uri}")]
    Changed {
        /// The URI.
        uri: String,
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

impl TokenError {
    /// Whether the PIN is the reason, so that somebody must see to it and trying again may lock the token.
    #[must_use]
    pub fn is_of_pin(&self) -> bool {
        matches!(self, Self::Pin(_) | Self::PinKnownWrong | Self::PinLocked | Self::PinFinalTry)
    }
}
