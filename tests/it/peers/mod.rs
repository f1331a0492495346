//! Programs that people already use, against the real binary.

mod boto3;
