//! Articles.

use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::fields;
use crate::domain::article::{Article as Kept, ArticleStatus};
use crate::domain::ids::ArticleId;
use crate::domain::locale::Locale;
use crate::domain::time::Timestamp;
use crate::http::error::HttpError;
use crate::kb::dates::{self, End, Limit};
use crate::kb::derived_id;
use crate::store::Stored;

/// An article as an editor sends it. What is left out is empty; `PUT` replaces the whole article.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WriteArticle {
    /// The same in every language; derived from the title if absent.
    #[schema(example = "refund-arrival")]
    pub id: Option<String>,
    /// The version's language; the shop's if absent.
    #[schema(schema_with = fields::tag)]
    pub locale: Option<String>,
    /// The question in the editor's words.
    #[schema(example = "退款多久到账")]
    pub title: String,
    /// Other phrasings of the same question.
    #[serde(default)]
    pub variants: Vec<String>,
    /// The answer, Markdown.
    pub answer: String,
    /// Where it stands in the help centre, levels divided by `/`.
    #[serde(default)]
    pub category: String,
    /// Free labels.
    #[serde(default)]
    pub tags: Vec<String>,
    /// `draft`, `published` or `archived`; published if absent.
    pub status: Option<String>,
    /// The first moment of its validity: RFC 3339, or a date in the shop's time zone.
    pub valid_from: Option<String>,
    /// The end of its validity: RFC 3339, or the last whole day in the shop's time zone.
    pub valid_until: Option<String>,
    /// Ids of articles that a reader may want next.
    #[serde(default)]
    pub related: Vec<String>,
    /// Channels it is shown in; all if empty.
    #[serde(default)]
    pub channels: Vec<String>,
    /// Ignored, so that what was read can be sent back.
    pub revision: Option<i64>,
    /// Ignored.
    pub created_at: Option<String>,
    /// Ignored.
    pub updated_at: Option<String>,
}

/// What an article's fields are read with.
pub struct Reading<'a> {
    /// The shop's time zone.
    pub zone: &'a TimeZone,
    /// The locale when none is named.
    pub locale: Locale,
}

impl WriteArticle {
    /// Its id as sent.
    pub fn id(&self) -> Result<Option<ArticleId>, HttpError> {
        fields::optional_id("id", self.id.as_deref())
    }

    /// Its locale as sent.
    pub fn locale(&self) -> Result<Option<Locale>, HttpError> {
        fields::locale(self.locale.as_deref())
    }

    /// The article, with `id` if the address names one.
    pub fn into_article(self, id: Option<ArticleId>, reading: &Reading<'_>) -> Result<Kept, HttpError> {
        let id = match (id, self.id()?) {
            (Some(id), Some(sent)) if id != sent => {
                return Err(HttpError::field("id", format!("{:?} is not the id in the address, {:?}", sent.as_str(), id.as_str())));
            }
            (Some(id), _) | (None, Some(id)) => id,
            (None, None) => {
                derived_id(&self.title).ok_or_else(|| HttpError::field("title", "an id cannot be derived from it: send one"))?
            }
        };
        let status = self
            .status
            .as_deref()
            .map(|status| fields::one_of("status", status, ArticleStatus::parse, &["draft", "published", "archived"]));
        let related = self.related.iter().enumerate().map(|(n, id)| fields::id(&format!("related[{n}]"), id)).collect::<Result<_, _>>()?;
        Ok(Kept {
            id,
            locale: fields::locale(self.locale.as_deref())?.unwrap_or(reading.locale),
            valid_from: moment("valid_from", self.valid_from.as_deref(), End::From, reading.zone)?,
            valid_until: moment("valid_until", self.valid_until.as_deref(), End::Until, reading.zone)?,
            title: self.title,
            variants: self.variants,
            answer: self.answer,
            category: self.category,
            tags: self.tags,
            status: status.transpose()?.unwrap_or_default(),
            related,
            channels: self.channels,
        })
    }
}

fn moment(name: &str, text: Option<&str>, end: End, zone: &TimeZone) -> Result<Option<Timestamp>, HttpError> {
    match text.map(|text| (text, dates::limit(text, end, zone))) {
        None | Some((_, Some(Limit::None))) => Ok(None),
        Some((_, Some(Limit::At(at)))) => Ok(Some(at)),
        Some((text, None)) => {
            let given: String = text.chars().take(80).collect();
            Err(HttpError::field(name, format!("{given:?} is no date: send 2026-11-26 or 2026-11-26T08:00:00+08:00")))
        }
    }
}

/// An article as it is kept.
#[derive(Debug, Serialize, ToSchema)]
pub struct Article {
    /// The same in every language.
    pub id: String,
    /// The version's language.
    pub locale: &'static str,
    /// The question in the editor's words.
    pub title: String,
    /// Other phrasings of the same question.
    pub variants: Vec<String>,
    /// The answer, Markdown.
    pub answer: String,
    /// Where it stands in the help centre.
    pub category: String,
    /// Free labels.
    pub tags: Vec<String>,
    /// `draft`, `published` or `archived`.
    pub status: &'static str,
    /// The first moment of its validity.
    #[schema(required)]
    pub valid_from: Option<String>,
    /// The first moment at which it is no longer valid.
    #[schema(required)]
    pub valid_until: Option<String>,
    /// Ids of articles that a reader may want next.
    pub related: Vec<String>,
    /// Channels it is shown in; all if empty.
    pub channels: Vec<String>,
    /// The revision at which it was last changed; in quotes, its ETag.
    pub revision: i64,
    /// When it was first stored.
    #[schema(schema_with = fields::moment)]
    pub created_at: String,
    /// When it was last changed.
    #[schema(schema_with = fields::moment)]
    pub updated_at: String,
}

impl Article {
    /// Of a stored article.
    pub fn new(stored: Stored<Kept>) -> Self {
        let Stored { value, revision, created_at, updated_at } = stored;
        Article {
            id: value.id.to_string(),
            locale: value.locale.tag(),
            title: value.title,
            variants: value.variants,
            answer: value.answer,
            category: value.category,
            tags: value.tags,
            status: value.status.name(),
            valid_from: fields::optional_time(value.valid_from),
            valid_until: fields::optional_time(value.valid_until),
            related: value.related.iter().map(ToString::to_string).collect(),
            channels: value.channels,
            revision,
            created_at: fields::time(created_at),
            updated_at: fields::time(updated_at),
        }
    }
}

/// How much a deletion took away.
#[derive(Debug, Serialize, ToSchema)]
pub struct Deleted {
    /// Versions deleted, one a language.
    pub deleted: usize,
}
