//! What the journal promises, on a disk that fails and forgets.

mod promise;
mod sim_disk;
