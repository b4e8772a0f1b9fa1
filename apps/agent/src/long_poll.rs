//! Hearing of commands at once: while the agent rests, a thread asks the server to hold its answer until there is news.
//!
//! ```text
//! rest begins ─▶ armed ── GET commands (If-None-Match, Prefer: wait) ─▶ changed ───────▶ news: the rest ends ─▶ turn
//!                  ▲                                                ╲─▶ held, nothing ─▶ again at once
//!                  │                                                ╲─▶ not held ──────▶ again once, then at the pace
//!                  ╰── a newer rest                                 ╲─▶ failed ────────▶ again at the pace, back-off
//! ```
//!
//! When the settings say something else, and while nothing may be held, it is disarmed: the question that is held ends at
//! once, and no further one is asked.
//!
//! What it hears is only that there is something: the turn asks for itself. It is no more often than the site lets it, and a
//! server, or somebody between, that does not hold answers is asked at the pace that the server sets.

use remote_services_transport::client::blocking::{Client, HangUp};
use remote_services_transport::poll::{Poll, PollOutcome};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

/// The thread that asks, and what it found. The thread ends with it, when its last question is answered.
pub(crate) struct LongPoll {
    orders: Option<Sender<Order>>,
    /// Ends the question that the thread has asked.
    hang_up: HangUp,
    /// The number of the rest, and of the one in which there was news.
    rest: u64,
    news: Arc<AtomicU64>,
}

/// What to ask during one rest.
struct Order {
    rest: u64,
    client: Arc<Client>,
    poll: Poll,
    least: Duration,
}

impl LongPoll {
    pub(crate) fn new() -> Self {
        Self { orders: None, hang_up: HangUp::new(), rest: 0, news: Arc::default() }
    }

    /// Asks from now on for what comes after the list that `poll` knows, no more often than every `least`.
    pub(crate) fn arm(&mut self, client: &Arc<Client>, poll: &Poll, least: Duration) {
        self.rest += 1;
        let mut order = Order { rest: self.rest, client: Arc::clone(client), poll: poll.clone(), least };
        if let Some(orders) = &self.orders {
            match orders.send(order) {
                Ok(()) => return,
                Err(unsent) => order = unsent.0,
            }
        }
        let (sender, orders) = channel();
        let news = Arc::clone(&self.news);
        self.hang_up = HangUp::new();
        let hang_up = self.hang_up.clone();
        let asking = std::thread::Builder::new().name("long poll".to_owned());
        // Without a thread the agent asks at the server's pace.
        self.orders = asking.spawn(move || ask(order, &orders, &news, &hang_up)).is_ok().then_some(sender);
    }

    /// Asks nothing more by the way of before, and waits for no answer by it.
    pub(crate) fn disarm(&mut self) {
        self.orders = None;
        self.hang_up.hang_up();
        // What is still heard is of an earlier rest.
        self.rest += 1;
    }

    /// Whether there is news since it was armed.
    pub(crate) fn has_news(&self) -> bool {
        self.rest > 0 && self.news.load(Ordering::SeqCst) == self.rest
    }
}

fn ask(mut order: Order, orders: &Receiver<Order>, news: &AtomicU64, hang_up: &HangUp) {
    let mut quick = 0;
    loop {
        let begun = Instant::now();
        let (outcome, pace) = order.client.held_commands(&mut order.poll, WAIT, hang_up);
        let wait = match outcome {
            PollOutcome::Commands(_) => {
                news.store(order.rest, Ordering::SeqCst);
                None
            }
            PollOutcome::Nothing => Some(until_next(begun.elapsed(), pace, order.least, &mut quick)),
            PollOutcome::Failed { .. } => Some(pace.max(order.least)),
            _ => None,
        };
        let newer = match wait {
            Some(wait) => orders.recv_timeout(wait),
            None => orders.recv().map_err(|_| RecvTimeoutError::Disconnected),
        };
        match newer {
            Ok(newer) => (order, quick) = (orders.try_iter().last().unwrap_or(newer), 0),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return,
        }
    }
}

/// The wait until the next question, after one that took so long and brought nothing.
fn until_next(took: Duration, pace: Duration, least: Duration, quick: &mut u32) -> Duration {
    if took >= WAIT / 2 {
        *quick = 0;
        return least.saturating_sub(took);
    }
    // That the list became another one is also an answer, and comes at once.
    *quick += 1;
    if *quick == 1 { BREATH.max(least) } else { pace.max(least) }
}

/// How long the server may hold its answer: below the time-outs of common proxies.
const WAIT: Duration = Duration::from_secs(50);
const BREATH: Duration = Duration::from_secs(1);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_is_disarmed_asks_no_more_and_what_is_still_heard_is_no_news() {
        let (sender, orders) = channel();
        let hang_up = HangUp::new();
        let mut poll =
            LongPoll { orders: Some(sender), hang_up: hang_up.clone(), rest: 3, news: Arc::default() };
        poll.news.store(3, Ordering::SeqCst);
        assert!(poll.has_news());
        poll.disarm();
        assert!(!poll.has_news() && hang_up.is_hung_up());
        // As the thread looks for what to do next.
        assert!(matches!(orders.recv_timeout(Duration::from_secs(60)), Err(RecvTimeoutError::Disconnected)));
    }

    #[test]
    fn who_does_not_hold_answers_is_asked_at_the_pace_and_nobody_more_often_than_the_site_lets_it() {
        let seconds = Duration::from_secs;
        let (pace, mut quick) = (seconds(900), 0);
        let mut next = |took, least| until_next(seconds(took), pace, seconds(least), &mut quick);
        assert_eq!((next(50, 0), next(50, 5)), (seconds(0), seconds(0)), "held");
        assert_eq!((next(0, 0), next(0, 0), next(1, 0)), (BREATH, pace, pace), "not held");
        assert_eq!((next(50, 0), next(0, 0)), (seconds(0), BREATH), "held again, then another list");
        assert_eq!((next(50, 600), next(0, 600)), (seconds(550), seconds(600)));
    }
}
