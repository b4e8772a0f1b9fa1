//! remote-services-payload
