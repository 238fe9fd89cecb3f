//! What can stop a simulation.

use http::{Method, StatusCode};

/// Why the year could not be played to its end.
#[derive(Debug, thiserror::Error)]
pub enum SimulateError {
    #[error("{address:?} is no address such as http://127.0.0.1:8080")]
    Address { address: String },
    #[error("{method} {path} cannot be written as a request")]
    Request {
        method: Method,
        path: String,
        #[source]
        source: http::Error,
    },
    #[error("{method} {path} found no server")]
    Unreachable {
        method: Method,
        path: String,
        #[source]
        source: hyper_util::client::legacy::Error,
    },
    #[error("the answer to {method} {path} broke off")]
    BrokenOff {
        method: Method,
        path: String,
        #[source]
        source: hyper::Error,
    },
    #[error("{method} {path} was not answered within {seconds} s")]
    NoAnswer {
        method: Method,
        path: String,
        seconds: u64,
    },
    #[error("{method} {path} was answered {status}: {code}: {detail}")]
    Refused {
        method: Method,
        path: String,
        status: StatusCode,
        code: String,
        detail: String,
    },
    #[error("the answer to {path} is not what the contract says")]
    Unreadable {
        path: String,
        #[source]
        source: serde_json::Error,
    },
    #[error("the server lets no session begin: its answer sets no cookie")]
    NoSession,
    #[error("the import of {file} ended as {state}: {detail}")]
    Import {
        file: String,
        state: String,
        detail: String,
    },
    #[error("failed to write an import file")]
    WriteFile(#[from] csv::Error),
    #[error("a sender ended early")]
    Lane(#[from] tokio::task::JoinError),
}
