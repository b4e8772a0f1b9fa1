//! One script in one engine.

use crate::functions::{self, Names};
use rquickjs::context::EvalOptions;
use rquickjs::{CatchResultExt as _, CaughtError, Context, Ctx, Function, Runtime, Value};
use std::time::{Duration, Instant};

/// What a script may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    /// Time of the engine, waiting for addresses included. Default one second.
    pub time: Duration,
    /// Octets of the engine's memory. Default 32 MiB.
    pub memory: usize,
}

impl Default for Budget {
    fn default() -> Self {
        Self { time: Duration::from_secs(1), memory: 32 << 20 }
    }
}

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The script is to blame; what the engine says of it.
    Script(String),
    /// It took too long or too much.
    Budget,
}

/// What `FindProxyForURL` of the script answers; nothing means direct. Without control characters, and of at most
/// [`MOST_ANSWER`] characters.
///
/// # Errors
/// [`Fault::Script`] when the script is none or throws, [`Fault::Budget`] when it needs more than `budget`.
pub fn evaluate(
    script: &str,
    url: &str,
    host: &str,
    names: impl Names,
    budget: Budget,
) -> Result<String, Fault> {
    let runtime = Runtime::new().map_err(|_| Fault::Budget)?;
    runtime.set_memory_limit(budget.memory);
    runtime.set_max_stack_size(STACK);
    let deadline = Instant::now() + budget.time;
    runtime.set_interrupt_handler(Some(Box::new(move || Instant::now() > deadline)));
    let context = Context::full(&runtime).map_err(|_| Fault::Budget)?;
    context.with(|ctx| {
        let outcome = run(&ctx, script, url, host, names).catch(&ctx).map_err(|error| fault(&error));
        if Instant::now() > deadline { Err(Fault::Budget) } else { outcome }
    })
}

fn run<'js>(
    ctx: &Ctx<'js>,
    script: &str,
    url: &str,
    host: &str,
    names: impl Names,
) -> rquickjs::Result<String> {
    functions::define(ctx, names)?;
    // Browsers run such scripts so, and many of them assign to variables that they never declare.
    let mut sloppy = EvalOptions::default();
    sloppy.strict = false;
    ctx.eval_with_options::<(), _>(script, sloppy)?;
    let find: Function<'js> = ctx.globals().get("FindProxyForURL")?;
    let answer: Value<'js> = find.call((url, host))?;
    if answer.is_null() || answer.is_undefined() {
        return Ok("DIRECT".to_owned());
    }
    let text: String = answer.get()?;
    Ok(text.chars().filter(|it| !it.is_control()).take(MOST_ANSWER).collect())
}

fn fault(error: &CaughtError<'_>) -> Fault {
    let text = error.to_string();
    if text.contains("out of memory") || text.contains("interrupted") {
        return Fault::Budget;
    }
    let said = match error {
        CaughtError::Exception(error) => error.message().unwrap_or_default(),
        CaughtError::Value(thrown) => match thrown.as_string().and_then(|text| text.to_string().ok()) {
            Some(text) => format!("it throws {text}"),
            None => "it throws what is no error".to_owned(),
        },
        CaughtError::Error(_) => text,
    };
    let said: String = said.chars().filter(|it| !it.is_control()).take(MOST_SAID).collect();
    let stack = if let CaughtError::Exception(error) = error { error.stack() } else { None };
    Fault::Script(match stack.as_deref().and_then(line) {
        Some(line) => format!("{said} (line {line})"),
        None => said,
    })
}

/// The line of the script at the top of a stack: `at function (eval_script:LINE:COLUMN)`.
fn line(stack: &str) -> Option<u32> {
    let place = stack.lines().find_map(|frame| frame.split_once("eval_script:"))?.1;
    place.split(':').next()?.parse().ok()
}

/// Characters of what the script says when it fails.
const MOST_SAID: usize = 180;
/// Octets of its stack.
const STACK: usize = 256 << 10;
/// Characters of an answer.
pub const MOST_ANSWER: usize = 4096;
