//! Ad costs: which import speaks for a day and an ad, and the differences to post.
