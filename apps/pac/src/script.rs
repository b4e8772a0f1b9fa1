//! One script in one engine.

use crate::functions;
use rquickjs::{CatchResultExt as _, CaughtError, Context, Ctx, Function, Runtime, Value};
use std::time::{Duration, Instant};

/// Why there is no answer.
pub(crate) enum Fault {
    /// The script is to blame; what the engine says of it.
    Script(String),
    /// It took too long or too much.
    Budget,
}

/// What `FindProxyForURL` of the script answers; nothing means direct.
pub(crate) fn evaluate(script: &str, url: &str, host: &str) -> Result<String, Fault> {
    let runtime = Runtime::new().map_err(|_| Fault::Budget)?;
    runtime.set_memory_limit(MEMORY);
    runtime.set_max_stack_size(STACK);
    let deadline = Instant::now() + TIME;
    runtime.set_interrupt_handler(Some(Box::new(move || Instant::now() > deadline)));
    let context = Context::full(&runtime).map_err(|_| Fault::Budget)?;
    context.with(|ctx| {
        let outcome = run(&ctx, script, url, host).catch(&ctx).map_err(|error| fault(&error));
        if Instant::now() > deadline { Err(Fault::Budget) } else { outcome }
    })
}

fn run<'js>(ctx: &Ctx<'js>, script: &str, url: &str, host: &str) -> rquickjs::Result<String> {
    functions::define(ctx)?;
    ctx.eval::<(), _>(script)?;
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
    Fault::Script(text.chars().filter(|it| !it.is_control()).take(200).collect())
}

/// Time of the engine, waiting for addresses included.
const TIME: Duration = Duration::from_secs(1);
/// Octets of the engine's memory.
const MEMORY: usize = 32 << 20;
/// Octets of its stack.
const STACK: usize = 256 << 10;
/// Characters of an answer.
const MOST_ANSWER: usize = 4096;
