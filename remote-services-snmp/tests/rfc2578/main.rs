//! Structure of Management Information Version 2, section by section.
mod section_3_5;
mod section_7_1;
