//! Nothing to link: what is measured, and against which peers, stands in `benches/`, one file a subject.
