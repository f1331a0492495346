//! All integration tests, as one binary: they share one build and one link. Each module is one subject.

mod architecture;
