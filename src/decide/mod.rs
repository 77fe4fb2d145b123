//! What to do with what was found: the rules that look at the customer's message alone.

pub mod rules;
