//! Labels: rules that turn raw traffic tuples into channels, campaigns and ads.
