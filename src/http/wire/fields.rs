//! Fields that several resources share: how they are read, and how the document describes them.

use serde_json::{Map, Value};
use utoipa::openapi::schema::{KnownFormat, Object, ObjectBuilder, SchemaFormat, Type};

use crate::decide::flips::LineName;
use crate::domain::conversation::{Author, Owner};
use crate::domain::decision::{Band, Reason, Rule};
use crate::domain::feedback::FeedbackKind;
use crate::domain::locale::Locale;
use crate::domain::ticket::{TicketEventKind, TicketState};
use crate::domain::time::Timestamp;
use crate::http::error::HttpError;
use crate::service::keys::Role;

/// A locale in a body: `zh`, `zh-CN`, `en`, `en-US` ….
pub fn locale(tag: Option<&str>) -> Result<Option<Locale>, HttpError> {
    tag.map(str::parse).transpose().map_err(|error| HttpError::field("locale", error))
}

/// An id in a body.
pub fn id<T: std::str::FromStr<Err: std::fmt::Display>>(name: &str, text: &str) -> Result<T, HttpError> {
    text.parse().map_err(|error| HttpError::field(name, error))
}

/// An optional id in a body.
pub fn optional_id<T: std::str::FromStr<Err: std::fmt::Display>>(name: &str, text: Option<&str>) -> Result<Option<T>, HttpError> {
    text.map(|text| id(name, text)).transpose()
}

/// One of a closed set of names.
pub fn one_of<T>(name: &str, given: &str, parse: fn(&str) -> Option<T>, names: &[&str]) -> Result<T, HttpError> {
    parse(given)
        .ok_or_else(|| HttpError::field(name, format!("{:?} is none of {}", given.chars().take(80).collect::<String>(), names.join(", "))))
}

/// A context object as the text that is kept.
pub fn context(object: Option<Map<String, Value>>) -> Option<String> {
    object.map(|object| Value::Object(object).to_string())
}

/// A kept object as JSON again.
pub fn object(text: &str) -> Value {
    // What is not JSON any more (masking may touch a number) is still shown, as text.
    serde_json::from_str(text).unwrap_or_else(|_| Value::String(text.to_owned()))
}

/// RFC 3339.
pub fn time(at: Timestamp) -> String {
    at.to_string()
}

/// RFC 3339 or null.
pub fn optional_time(at: Option<Timestamp>) -> Option<String> {
    at.map(time)
}

fn names(values: impl Iterator<Item = &'static str>) -> Object {
    ObjectBuilder::new().schema_type(Type::String).enum_values(Some(values.collect::<Vec<_>>())).build()
}

macro_rules! closed_sets {
    ($($(#[$doc:meta])* $function:ident = $type:ty;)+) => {
        $($(#[$doc])* pub fn $function() -> Object {
            names(<$type>::ALL.iter().map(|value| value.name()))
        })+
    };
}

closed_sets! {
    /// Schema of a band.
    band = Band;
    /// Schema of a reason.
    reason = Reason;
    /// Schema of what decided.
    rule = Rule;
    /// Schema of a line between bands.
    line = LineName;
    /// Schema of a conversation's owner.
    owner = Owner;
    /// Schema of an author.
    author = Author;
    /// Schema of a ticket's state.
    ticket_state = TicketState;
    /// Schema of an event of a ticket.
    ticket_event = TicketEventKind;
    /// Schema of a judgement.
    feedback_kind = FeedbackKind;
    /// Schema of a role.
    role = Role;
}

/// Schema of a moment.
pub fn moment() -> Object {
    ObjectBuilder::new().schema_type(Type::String).format(Some(SchemaFormat::KnownFormat(KnownFormat::DateTime))).build()
}

/// Schema of a locale in a request.
pub fn tag() -> Object {
    ObjectBuilder::new().schema_type(Type::String).description(Some("`zh`, `zh-CN`, `en`, `en-US` …")).examples(["zh-CN"]).build()
}

/// Schema of a free JSON object.
pub fn free_object() -> Object {
    ObjectBuilder::new().schema_type(Type::Object).build()
}
