//! The communication server.
mod archive;
mod business;
mod ca;
mod clock;
mod durable;
mod pem;
mod queue;
mod random;
mod store;
