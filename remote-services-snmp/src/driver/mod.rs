//! The only folder that may name a socket, a clock or an executor.
