//! How much one source may cost: datagrams a second, and what is remembered of it.

use alloc::collections::BTreeMap;
use core::net::IpAddr;
use core::time::Duration;

use crate::engine::Instant;
use crate::engine::pacing::TokenBucket;

/// What a [`Receiver`](super::Receiver) takes from one address, and how many addresses it tells apart.
#[derive(Clone, Copy, Debug)]
pub struct SourceLimits {
    /// Datagrams a second in the long run. Default 50: a printer with an open door sends a few.
    pub per_second: u32,
    /// Datagrams at once after a pause. Default 200.
    pub burst: u32,
    /// Addresses that have an allowance of their own, of about 200 octets each. Default 4,096. When as many are busy,
    /// all further ones share one allowance.
    pub max_sources: usize,
}

impl Default for SourceLimits {
    fn default() -> Self {
        Self { per_second: 50, burst: 200, max_sources: 4_096 }
    }
}

/// The sources heard of lately.
pub(super) struct Sources {
    limits: SourceLimits,
    known: BTreeMap<IpAddr, Source>,
    /// For those that there is no room for.
    others: TokenBucket,
    swept_at: Instant,
}

struct Source {
    bucket: TokenBucket,
    heard_at: Instant,
    /// Marks of the informs that were reported last, and the place of the next.
    informs: [Option<(u64, Instant)>; REMEMBERED],
    next: usize,
}

impl Sources {
    pub(super) fn new(limits: SourceLimits) -> Self {
        let others = TokenBucket::new(limits.per_second, limits.burst);
        Self { limits, known: BTreeMap::new(), others, swept_at: Instant::START }
    }

    /// Whether a datagram from there may be looked at.
    pub(super) fn admit(&mut self, now: Instant, from: IpAddr) -> bool {
        if !self.known.contains_key(&from) {
            if self.known.len() >= self.limits.max_sources {
                self.sweep(now);
            }
            if self.known.len() >= self.limits.max_sources {
                return self.others.take(now);
            }
        }
        let SourceLimits { per_second, burst, .. } = self.limits;
        let source = self.known.entry(from).or_insert_with(|| Source {
            bucket: TokenBucket::new(per_second, burst),
            heard_at: now,
            informs: [None; REMEMBERED],
            next: 0,
        });
        source.heard_at = source.heard_at.max(now);
        source.bucket.take(now)
    }

    /// Whether this inform was reported before. An inform is repeated until its acknowledgement arrives.
    pub(super) fn is_repeated(&mut self, now: Instant, from: IpAddr, mark: u64) -> bool {
        let Some(source) = self.known.get_mut(&from) else { return false };
        let fresh = |at: Instant| now.saturating_since(at) < REMEMBERED_FOR;
        if source.informs.iter().flatten().any(|(known, at)| *known == mark && fresh(*at)) {
            return true;
        }
        source.informs[source.next] = Some((mark, now));
        source.next = (source.next + 1) % REMEMBERED;
        false
    }

    pub(super) fn len(&self) -> usize {
        self.known.len()
    }

    /// Forgets who has been silent for so long that nothing would change. At most once a second, since it looks at all.
    fn sweep(&mut self, now: Instant) {
        if now.saturating_since(self.swept_at) < Duration::from_secs(1) {
            return;
        }
        self.swept_at = now;
        let refill = Duration::from_secs(1) / self.limits.per_second.max(1) * self.limits.burst.max(1);
        let idle = refill.max(REMEMBERED_FOR);
        self.known.retain(|_, source| now.saturating_since(source.heard_at) < idle);
    }
}

/// Informs of one source that are told from their repetitions.
const REMEMBERED: usize = 8;
/// Longer than senders repeat an inform: six attempts at doubling intervals from one second.
const REMEMBERED_FOR: Duration = Duration::from_secs(60);

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Instant {
        Instant::from_start(Duration::from_secs(1_000 + seconds))
    }

    fn ip(last: u8) -> IpAddr {
        IpAddr::from([192, 0, 2, last])
    }

    fn few() -> Sources {
        Sources::new(SourceLimits { per_second: 1, burst: 3, max_sources: 2 })
    }

    #[test]
    fn one_source_cannot_use_up_the_allowance_of_another() {
        let mut sources = few();
        let admitted = (0..100).filter(|_| sources.admit(at(0), ip(1))).count();
        assert_eq!(admitted, 3);
        assert!(sources.admit(at(0), ip(2)));
        assert!(sources.admit(at(1), ip(1)), "a second later there is one more");
        assert!(!sources.admit(at(1), ip(1)));
    }

    #[test]
    fn sources_beyond_the_bound_share_one_allowance_and_idle_ones_make_room() {
        let mut sources = few();
        let spoofed = (1..=100).filter(|last| sources.admit(at(0), ip(*last))).count();
        assert_eq!((spoofed, sources.len()), (2 + 3, 2));
        assert!(sources.admit(at(100), ip(77)));
        assert_eq!(sources.len(), 1);
    }

    #[test]
    fn an_inform_is_known_again_for_a_minute() {
        let mut sources = few();
        assert!(sources.admit(at(0), ip(1)));
        assert!(!sources.is_repeated(at(0), ip(1), 7));
        assert!(sources.is_repeated(at(59), ip(1), 7));
        assert!(!sources.is_repeated(at(60), ip(1), 7));
        for other in 10..18 {
            assert!(!sources.is_repeated(at(61), ip(1), other));
        }
        assert!(!sources.is_repeated(at(61), ip(1), 7), "memory is bounded");
    }
}
