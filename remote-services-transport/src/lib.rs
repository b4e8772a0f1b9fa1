//! remote-services-transport
