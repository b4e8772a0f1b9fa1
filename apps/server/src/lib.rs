//! The communication server.
mod ca;
mod clock;
mod durable;
mod pem;
