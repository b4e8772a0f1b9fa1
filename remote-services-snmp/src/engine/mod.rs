//! State machines of the two roles: the manager asks, the responder answers. No I/O, no clock.
