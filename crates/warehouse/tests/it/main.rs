//! The warehouse through its public door.

mod compact;
mod credit;
mod facts;
mod labels;
mod load;
mod query;
