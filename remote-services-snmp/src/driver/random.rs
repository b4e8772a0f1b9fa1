//! Randomness from the operating system, for the engines that take it as an argument.

/// A source for [`Manager::new`](crate::engine::Manager::new).
///
/// # Panics
///
/// The returned closure panics when the operating system has no randomness to give, which on the supported systems does not
/// happen after boot; going on without it would make message numbers and encryption salts guessable.
pub fn os_random() -> impl FnMut() -> u64 + Send + 'static {
    || getrandom::u64().expect("the operating system gives random numbers")
}
