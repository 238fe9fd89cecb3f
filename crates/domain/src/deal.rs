//! A deal: what its status group, payments and refunds mean for sales and revenue.
