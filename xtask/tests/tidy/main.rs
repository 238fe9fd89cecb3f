//! The house rules that a machine can check.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on stops")]

mod edges;
mod files;
mod papers;
mod repository;
mod words;
