//! The user-based security model (RFC 3414, RFC 3826, RFC 7860).
