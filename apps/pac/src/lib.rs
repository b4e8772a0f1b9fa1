//! One proxy auto-configuration script in an engine with a budget: what the program `remote-services-pac` is made of.
//!
//! A script is believed nothing. It knows what ECMAScript has, the functions that such scripts may call, and through [`Names`]
//! the two of them that look outside.

mod functions;
mod script;

pub use functions::{Names, System, WithoutNames};
pub use script::{Budget, Fault, MOST_ANSWER, evaluate};
