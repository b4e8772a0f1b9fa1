//! sysUpTime: whether it began again between two readings. It counts hundredths of a second in 32 bits, so after 497 days it
//! begins at 0 without any restart.

/// Whether less time passed on the device than between the readings, by more than its clock may drift: it restarted. All in
/// hundredths of a second; `between` is what passed here.
pub(crate) fn began_again(was: u64, is: u64, between: u128) -> bool {
    let (is, expected) = (u128::from(is), u128::from(was) + between);
    let drift = 100 + between / 100;
    // The clock of the device may be just before or just behind the end of its 32 bits.
    let fewest = expected.saturating_sub(drift) / TURN;
    let most = (expected + drift) / TURN;
    let goes_on = |turns: u128| {
        let counted = is + turns * TURN;
        counted + drift >= expected && (turns == 0 || counted <= expected + drift)
    };
    !(fewest..=most).any(goes_on)
}

/// Values of TimeTicks (RFC 2578 §7.1.8).
const TURN: u128 = 1 << 32;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_restart_shows_even_when_the_uptime_is_longer_than_before() {
        assert!(began_again(500_000, 300, 1_000));
        assert!(began_again(500, 50_000, 60_000));
        assert!(!began_again(500, 60_500, 60_000));
        assert!(!began_again(500_000, 500_150, 200));
    }

    #[test]
    fn the_end_of_the_32_bits_is_no_restart_and_hides_none() {
        assert!(!began_again(4_294_966_913, 127, 510), "5.1 s later");
        assert!(!began_again(4_294_966_913, 86_017, 86_400), "a quarter of an hour later");
        assert!(!began_again(u64::from(u32::MAX) - 1_000, 40, 1_000), "its clock goes fast");
        assert!(!began_again(u64::from(u32::MAX) - 1_000, u64::from(u32::MAX) - 40, 1_005), "and slow");
        assert!(began_again(4_294_966_913, 127, 86_400), "began anew a second ago");
        assert!(began_again(u64::from(u32::MAX) - 1_050, 300, 1_000), "before the end");
    }
}
