//! Visits: when a hit opens one, touches it anew, or shows it was no bounce.
