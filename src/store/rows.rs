//! How domain values lie in columns: ids as hyphenated text, enums by name, lists as JSON. A value that cannot be read names
//! its column; it is never replaced by a default.

use std::fmt::Display;
use std::str::FromStr;

use serde::Serialize;
use serde::de::DeserializeOwned;
use sqlx::Row as _;

use super::StoreError;
use super::sqlite::{Database, Row};
use crate::domain::time::Timestamp;

/// A row of one table, read column by column.
pub(super) struct Reader<'a> {
    table: &'static str,
    row: &'a Row,
}

impl<'a> Reader<'a> {
    pub(super) fn new(table: &'static str, row: &'a Row) -> Self {
        Reader { table, row }
    }

    fn wrong(&self, column: &str, what: impl Display) -> StoreError {
        StoreError::row(self.table, format!("{column}: {what}"))
    }

    fn column<T>(&self, column: &str) -> Result<T, StoreError>
    where
        T: sqlx::Decode<'a, Database> + sqlx::Type<Database>,
    {
        self.row.try_get(column).map_err(|error| self.wrong(column, error))
    }

    pub(super) fn text(&self, column: &str) -> Result<String, StoreError> {
        self.column(column)
    }

    pub(super) fn optional_text(&self, column: &str) -> Result<Option<String>, StoreError> {
        self.column(column)
    }

    pub(super) fn number(&self, column: &str) -> Result<i64, StoreError> {
        self.column(column)
    }

    pub(super) fn optional_number(&self, column: &str) -> Result<Option<i64>, StoreError> {
        self.column(column)
    }

    pub(super) fn time(&self, column: &str) -> Result<Timestamp, StoreError> {
        self.number(column).map(Timestamp)
    }

    pub(super) fn optional_time(&self, column: &str) -> Result<Option<Timestamp>, StoreError> {
        Ok(self.optional_number(column)?.map(Timestamp))
    }

    /// An id or a locale.
    pub(super) fn parsed<T: FromStr<Err: Display>>(&self, column: &str) -> Result<T, StoreError> {
        self.text(column)?.parse().map_err(|error| self.wrong(column, error))
    }

    /// An id that may be missing.
    pub(super) fn optional_parsed<T: FromStr<Err: Display>>(&self, column: &str) -> Result<Option<T>, StoreError> {
        self.optional_text(column)?.map(|text| text.parse().map_err(|error| self.wrong(column, error))).transpose()
    }

    /// An enum, by its own reader of names.
    pub(super) fn named<T>(&self, column: &str, parse: impl Fn(&str) -> Option<T>) -> Result<T, StoreError> {
        let name = self.text(column)?;
        parse(&name).ok_or_else(|| self.wrong(column, format!("{name:?} is not a known name")))
    }

    pub(super) fn json<T: DeserializeOwned>(&self, column: &str) -> Result<T, StoreError> {
        serde_json::from_str(&self.text(column)?).map_err(|error| self.wrong(column, error))
    }
}

/// JSON for a column.
pub(super) fn json<T: Serialize + ?Sized>(value: &T) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|error| StoreError::unexpected(format!("a value does not go into JSON: {error}")))
}
