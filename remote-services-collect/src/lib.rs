//! remote-services-collect
