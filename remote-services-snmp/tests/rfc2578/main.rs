//! Structure of Management Information Version 2, section by section.
#![allow(clippy::unwrap_used, reason = "all of it is test code")]
mod section_3_5;
mod section_7_1;
