//! The house rules that a machine can check.

mod edges;
mod files;
mod repository;
mod words;
