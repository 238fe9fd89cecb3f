//! A lead: how it is linked to a visit, told from a duplicate, and what a status change means.
