//! The manual: what the reference pages of single items cannot say. It holds no code.
//!
//! | page | for whoever asks |
//! | --- | --- |
//! | [`how_to`] | how is it done? |
//! | [`defaults`] | why is a number what it is, and when to change it? |
//! | [`bent_devices`] | what of a device's faults can be admitted, and where are we stricter or laxer than others? |
//! | [`conformance`] | what of which RFC is done, row by row, and which test shows it? |
//! | [`fips`] | what is approved and what is not? |
//! | [`weaknesses`] | what went wrong in SNMP implementations before, and what happens here instead? |

pub mod bent_devices;
pub mod conformance;
pub mod defaults;
pub mod fips;
pub mod how_to;
pub mod weaknesses;
