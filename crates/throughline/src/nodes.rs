//! Several nodes: who this one is, how the others reach it, and what it asks them for.

pub(crate) mod collector;
pub(crate) mod door;
mod identity;
pub(crate) mod inside;
mod kept;
pub(crate) mod live;
pub(crate) mod loading;
pub(crate) mod peer;
pub(crate) mod turns;
mod upstream;
pub(crate) mod watching;

pub(crate) use identity::{identify, new_folder, own};
