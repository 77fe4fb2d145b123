//! Everything done to text before and after it is searched. Pure functions: no files, no network, no clock.
//!
//! Every text passes [`normalize`] first; [`segment`] and [`split`] make the terms and passages of the index, [`synonyms`] widens
//! a query, [`markdown`] makes what people see, [`unreadable`] tells in both languages what a reader
//! of JSON or TOML complains of, and [`redact`] takes out what no log may hold, from JSON by [`redact_json`].

pub mod hex;
pub mod markdown;
pub mod normalize;
pub mod numerals;
pub mod pinyin;
pub mod redact;
pub mod redact_json;
pub mod segment;
pub mod sentences;
pub mod split;
pub mod synonyms;
pub mod unreadable;
