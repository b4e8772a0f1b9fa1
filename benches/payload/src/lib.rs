//! What the programs have in common: a piece of work, done so often that callgrind can count it, or timed.
use std::hint::black_box;
use std::process::ExitCode;
use std::time::{Duration, Instant};

/// One round of a piece of work. It returns a number, so that nothing is left out.
pub type Round = Box<dyn FnMut() -> usize>;

/// `PROGRAM WORK WHO TIMES` does the work so often; `PROGRAM time WORK WHO` prints the least nanoseconds of a round.
#[must_use]
pub fn run(find: fn(what: &str, who: &str) -> Option<Round>) -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let (&["time", what, who] | &[what, who, _]) = &words[..] else { return usage() };
    let Some(mut round) = find(what, who) else { return usage() };
    if words[0] == "time" {
        println!("{:.0}", least_nanoseconds(&mut *round));
        return ExitCode::SUCCESS;
    }
    let Ok(times) = words[2].parse::<u32>() else { return usage() };
    let done: usize = (0..times).map(|_| black_box(round())).sum();
    black_box(done);
    ExitCode::SUCCESS
}

fn usage() -> ExitCode {
    eprintln!(
        "usage: PROGRAM WORK WHO TIMES, PROGRAM time WORK WHO; WORK and WHO stand in the table of the bench"
    );
    ExitCode::from(2)
}

/// The fastest of many rounds: the one that was disturbed least.
fn least_nanoseconds(round: &mut dyn FnMut() -> usize) -> f64 {
    const LONG_ENOUGH: Duration = Duration::from_millis(500);
    let all = Instant::now();
    let mut least = f64::INFINITY;
    while all.elapsed() < LONG_ENOUGH {
        let began = Instant::now();
        black_box(round());
        least = least.min(began.elapsed().as_secs_f64() * 1e9);
    }
    least
}
