//! Telephone numbers and e-mail addresses in one normal form each.
