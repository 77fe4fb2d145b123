//! From a question to ranked candidates.
//!
//! [`query`] normalises, puts mistyped words right ([`spelling`]) and segments, the index proposes from two sides (terms and vectors), [`collapse`] turns entries into one
//! candidate an article with every raw score kept, [`fusion`] orders them by a fitted combination, and [`features`] sums up what
//! the confidence looks at. What a knowledge base teaches beyond the scores, a ranking [`head`] and a confidence of its own (by a
//! [`rehearsal`] against a [`ground`] and a [`background`] of [`small_talk`] and of questions asked [`elsewhere`]), is an
//! [`adaptation::Adaptation`]; from the same phrasings [`proposals`] makes synonyms for the editor to judge. [`explain`] shows the
//! same numbers to people. The same code runs for a customer's question, the agent's search, an evaluation and a replay.

pub mod adaptation;
pub mod background;
pub mod collapse;
pub mod cosines;
pub mod elsewhere;
pub mod error;
pub mod explain;
pub mod features;
pub mod fusion;
pub mod ground;
pub mod head;
pub mod hubs;
pub mod judge;
pub mod proposals;
pub mod query;
pub mod rehearsal;
pub mod search;
pub mod small_talk;
pub mod spelling;
