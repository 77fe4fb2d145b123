//! From candidates to a decision. [`rules`] look at the message alone, [`confidence`] turns features into a probability,
//! [`policy`] chooses the band; [`own`] and [`labels`] fit the probability to one knowledge base and to what people told, [`promise`]
//! finds the line for the precision asked for; [`flips`] finds what would have moved it, [`plain`] has the words. Nothing in here knows an index
//! or a store.

pub mod confidence;
pub mod flips;
mod held_out;
pub mod labels;
pub mod logistic;
pub mod own;
pub mod plain;
pub mod policy;
pub mod promise;
pub mod rules;
