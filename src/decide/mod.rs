//! From candidates to a decision. [`rules`] look at the message alone, [`confidence`] turns features into a probability,
//! [`policy`] chooses the band. Nothing in here knows an index or a store.

pub mod confidence;
pub mod logistic;
pub mod own;
pub mod policy;
pub mod promise;
pub mod rules;
