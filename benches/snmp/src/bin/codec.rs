//! `codec WORK WHO TIMES` does one piece of codec work so often, for callgrind to count; `codec time WORK WHO` prints
//! the least nanoseconds that one round took; `codec mutate WHO TIMES` prints how many changed replies were taken
//! though variable bindings were missing.
//!
//! The messages are fixed and lie in `data/`: a v2c response of 20 bindings and a GETBULK of three names.
use std::hint::black_box;
use std::process::ExitCode;
use std::time::Instant;

#[path = "../work.rs"]
mod work;

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let (&["time", what, who] | &[what, who, _]) = &words[..] else { return usage() };
    if what == "mutate" {
        let (Some(decode), Ok(times)) = (work::counter(who), words[2].parse()) else { return usage() };
        println!("{}", work::missing(times, decode));
        return ExitCode::SUCCESS;
    }
    let Some(mut round) = work::find(what, who) else { return usage() };
    if words[0] == "time" {
        println!("{:.1}", least_nanoseconds(&mut *round));
    } else {
        let Ok(times) = words[2].parse::<u32>() else { return usage() };
        let done: usize = (0..times).map(|_| black_box(round())).sum();
        black_box(done);
    }
    ExitCode::SUCCESS
}

fn usage() -> ExitCode {
    eprintln!(
        "usage: codec decode|arcs|arena|owned|encode WHO TIMES, codec time WORK WHO, codec mutate WHO TIMES"
    );
    ExitCode::from(2)
}

/// The fastest of many short runs: the one that was disturbed least.
fn least_nanoseconds(round: &mut dyn FnMut() -> usize) -> f64 {
    const ROUNDS: u32 = 500;
    let run = |_| {
        let began = Instant::now();
        for _ in 0..ROUNDS {
            black_box(round());
        }
        began.elapsed().as_secs_f64() * 1e9 / f64::from(ROUNDS)
    };
    (0..400).map(run).fold(f64::INFINITY, f64::min)
}
