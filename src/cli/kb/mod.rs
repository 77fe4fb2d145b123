//! `jieda kb`: articles in and out of the store, their check, and what they teach the editor.

pub mod export;
pub mod import;
pub mod lint;
mod report;
pub mod synonyms;

use super::session::Session;
use crate::kb::ReadOptions;

/// How files are read for this shop.
pub fn read_options(session: &Session, encoding: Option<String>) -> ReadOptions {
    let shop = &session.config.shop;
    ReadOptions { encoding, time_zone: shop.time_zone.clone(), default_locale: shop.default_locale }
}
