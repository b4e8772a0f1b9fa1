//! vp
