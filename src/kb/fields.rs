//! The fields of an article in files, and a row as texts by field.

/// A field that a file can carry. The order is that of exported columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Field {
    /// The article's id.
    Id,
    /// The question.
    Title,
    /// The answer, Markdown or HTML.
    Answer,
    /// The path in the help centre.
    Category,
    /// Labels.
    Tags,
    /// The language.
    Locale,
    /// Draft, published or archived.
    Status,
    /// First day or moment.
    ValidFrom,
    /// Last day, or first moment after.
    ValidUntil,
    /// Ids of related articles.
    Related,
    /// Channels it is shown in.
    Channels,
    /// Other phrasings: last, because a workbook continues them in further columns.
    Variants,
}

impl Field {
    /// Every field, in the order of exported columns.
    pub const ALL: [Field; 12] = [
        Field::Id,
        Field::Title,
        Field::Answer,
        Field::Category,
        Field::Tags,
        Field::Locale,
        Field::Status,
        Field::ValidFrom,
        Field::ValidUntil,
        Field::Related,
        Field::Channels,
        Field::Variants,
    ];

    /// The name in front matter, JSON and headers.
    pub const fn name(self) -> &'static str {
        match self {
            Field::Id => "id",
            Field::Title => "title",
            Field::Answer => "answer",
            Field::Category => "category",
            Field::Tags => "tags",
            Field::Locale => "locale",
            Field::Status => "status",
            Field::ValidFrom => "valid_from",
            Field::ValidUntil => "valid_until",
            Field::Related => "related",
            Field::Channels => "channels",
            Field::Variants => "variants",
        }
    }

    /// Whether it holds several values.
    pub const fn is_list(self) -> bool {
        matches!(self, Field::Variants | Field::Tags | Field::Related | Field::Channels)
    }
}

/// A row as it was read: texts by field, lists joined as [`super::lists`] says, and what found no field.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RawRow {
    cells: Vec<(Field, String)>,
    /// Text of the row that belongs to no field: a line that is no JSON, fields beyond the header. A row with such text is refused,
    /// so it comes back to the editor instead of being lost.
    pub rest: String,
    /// Whether fields without a cell keep what is stored (a table without that column) instead of being empty.
    pub partial: bool,
}

impl RawRow {
    /// A row of which nothing could be assigned to a field.
    pub fn unreadable(rest: impl Into<String>) -> Self {
        RawRow { rest: rest.into(), ..RawRow::default() }
    }

    /// The text of a field; `None` if the file has no such column or key.
    pub fn get(&self, field: Field) -> Option<&str> {
        self.cells.iter().find(|(f, _)| *f == field).map(|(_, text)| text.as_str())
    }

    /// Sets the text of a field.
    pub fn set(&mut self, field: Field, text: impl Into<String>) {
        let text = text.into();
        match self.cells.iter_mut().find(|(f, _)| *f == field) {
            Some(cell) => cell.1 = text,
            None => self.cells.push((field, text)),
        }
    }

    /// The fields that have a text, with it, in the order in which they were set.
    pub fn cells(&self) -> impl Iterator<Item = (Field, &str)> {
        self.cells.iter().map(|(field, text)| (*field, text.as_str()))
    }
}
