//! Randomness from the operating system, for the engines that take it as an argument.

/// A source for [`Manager::new`](crate::engine::Manager::new).
///
/// # Panics
///
/// The returned closure panics when the operating system has no randomness to give, which on the supported systems does not
/// happen after boot; going on without it would make message numbers and encryption salts guessable.
pub fn os_random() -> impl FnMut() -> u64 + Send + 'static {
    // A system call for each number would cost more than the request that it is for.
    let mut stock = [0; 8 * STOCK];
    let mut left = 0;
    move || {
        if left == 0 {
            getrandom::fill(&mut stock).expect("the operating system gives random numbers");
            left = STOCK;
        }
        left -= 1;
        let number = stock.as_chunks::<8>().0[left];
        // Not kept once it is used: salts come from these too.
        stock.as_chunks_mut::<8>().0[left] = [0; 8];
        u64::from_ne_bytes(number)
    }
}

/// Numbers fetched at once.
const STOCK: usize = 64;
