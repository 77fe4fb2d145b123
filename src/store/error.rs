//! What can go wrong with the store, and the row of the table that each failure has.

use std::io;
use std::path::PathBuf;

use crate::domain::ids::{ArticleId, ConversationId, DecisionId, KeyId, LabelId, MessageId, TicketNumber};
use crate::domain::locale::Locale;
use crate::domain::ticket::TicketState;
use crate::error::{Code, Coded, is_disk_full};

/// A failure of the store.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// No space for what was to be written. Nothing was written, and the next write succeeds as soon as there is space.
    #[error("no space left for the database")]
    DiskFull {
        /// What the database or the system said.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The file is no database, or its pages contradict each other.
    #[error("the database file is damaged")]
    Damaged {
        /// What the database said.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The database cannot be reached at the moment.
    #[error("the database cannot be used at the moment")]
    Unavailable {
        /// What the database said.
        #[source]
        source: sqlx::Error,
    },
    /// The schema is one that this program does not know.
    #[error("the database has schema {found}, this program knows schemas up to {known}")]
    Newer {
        /// The schema found.
        found: i64,
        /// The newest schema known.
        known: i64,
    },
    /// Another process works in the data directory.
    #[error(
        "data directory {} is in use by {}",
        .dir.display(),
        .pid.map_or("another process".to_owned(), |pid| format!("process {pid}"))
    )]
    DataDirInUse {
        /// The directory.
        dir: PathBuf,
        /// The other process, if its lock file says so.
        pid: Option<u32>,
    },
    /// A file or directory cannot be read or written.
    #[error("{} cannot be read or written", .path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// A row holds something that this program cannot read.
    #[error("a row of {table} cannot be read: {what}")]
    Row {
        /// The table.
        table: &'static str,
        /// What stands there.
        what: String,
    },
    /// The caller broke the method's contract, or the database answered in a way that cannot happen.
    #[error("unexpected: {what}")]
    Unexpected {
        /// What happened.
        what: String,
    },
    /// No such article, or not in that locale.
    #[error("article {id} does not exist{}", .locale.map_or(String::new(), |l| format!(" in {l}")))]
    ArticleNotFound {
        /// The article.
        id: ArticleId,
        /// The locale asked for; `None`: any.
        locale: Option<Locale>,
    },
    /// An article was to be created that exists.
    #[error("article {id} exists already in {locale}")]
    ArticleExists {
        /// The article.
        id: ArticleId,
        /// The locale.
        locale: Locale,
    },
    /// The article is no longer what the caller read.
    #[error(
        "article {id} was changed meanwhile: revision {expected} was expected, it has {}",
        .found.map_or("none".to_owned(), |revision| revision.to_string())
    )]
    ArticleChanged {
        /// The article.
        id: ArticleId,
        /// The revision expected.
        expected: i64,
        /// The revision found; `None`: the article is gone.
        found: Option<i64>,
    },
    /// A phrasing belongs to another article.
    #[error("{phrasing:?} is already a phrasing of article {article_id}")]
    PhrasingTaken {
        /// The phrasing as the editor wrote it.
        phrasing: String,
        /// The article that has it.
        article_id: ArticleId,
    },
    /// A cursor that no page returned.
    #[error("the cursor is not one that a page returned")]
    CursorInvalid,
    /// No such conversation.
    #[error("conversation {id} does not exist")]
    ConversationNotFound {
        /// Which.
        id: ConversationId,
    },
    /// No such message in the conversation.
    #[error("message {id} does not exist in this conversation")]
    MessageNotFound {
        /// Which.
        id: MessageId,
    },
    /// A message id that stands for another message already.
    #[error("message {id} exists already with another text or in another conversation")]
    MessageConflict {
        /// Which.
        id: MessageId,
    },
    /// No such decision.
    #[error("decision {id} does not exist")]
    DecisionNotFound {
        /// Which.
        id: DecisionId,
    },
    /// No such ticket.
    #[error("ticket {} does not exist", .number.0)]
    TicketNotFound {
        /// Which.
        number: TicketNumber,
    },
    /// The ticket's state does not allow what was asked.
    #[error("ticket {} is {state}{}", .number.0, .agent.as_ref().map_or(String::new(), |a| format!(" by {a}")))]
    TicketState {
        /// Which.
        number: TicketNumber,
        /// Where it stands.
        state: TicketState,
        /// Who has it, or had it when it was closed.
        agent: Option<String>,
    },
    /// No such key.
    #[error("key {id} does not exist")]
    KeyNotFound {
        /// Which.
        id: KeyId,
    },
    /// No such label.
    #[error("label {id} does not exist")]
    LabelNotFound {
        /// Which.
        id: LabelId,
    },
    /// More labels than may be kept.
    #[error("at most {most} labels are kept, with these it would be {would}")]
    LabelsFull {
        /// How many may be kept.
        most: u64,
        /// How many there would be.
        would: u64,
    },
    /// A backup that is not whole.
    #[error("backup {} cannot be used: {why}", .path.display())]
    BackupInvalid {
        /// Where it lies.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// A backup was to be written where something lies already.
    #[error("{} exists already", .path.display())]
    BackupTargetExists {
        /// Where.
        path: PathBuf,
    },
}

impl StoreError {
    /// An I/O error at `path`; a full disk keeps its own name.
    pub(super) fn file(path: impl Into<PathBuf>, source: io::Error) -> Self {
        if is_disk_full(&source) {
            StoreError::DiskFull { source: Box::new(source) }
        } else {
            StoreError::File { path: path.into(), source }
        }
    }

    pub(super) fn unexpected(what: impl Into<String>) -> Self {
        StoreError::Unexpected { what: what.into() }
    }

    pub(super) fn row(table: &'static str, what: impl Into<String>) -> Self {
        StoreError::Row { table, what: what.into() }
    }
}

impl Coded for StoreError {
    fn code(&self) -> Code {
        match self {
            StoreError::DiskFull { .. } => Code::DiskFull,
            StoreError::Damaged { .. } | StoreError::Row { .. } => Code::StoreDamaged,
            StoreError::Unavailable { .. } => Code::StoreUnavailable,
            StoreError::Newer { .. } => Code::StoreNewer,
            StoreError::DataDirInUse { .. } => Code::DataDirInUse,
            StoreError::File { .. } | StoreError::BackupTargetExists { .. } => Code::FileUnreadable,
            StoreError::Unexpected { .. } => Code::Internal,
            StoreError::ArticleNotFound { .. } => Code::ArticleNotFound,
            StoreError::ArticleExists { .. } => Code::AlreadyExists,
            StoreError::ArticleChanged { .. } => Code::PreconditionFailed,
            StoreError::PhrasingTaken { .. } => Code::PhrasingTaken,
            StoreError::CursorInvalid => Code::ParameterInvalid,
            StoreError::ConversationNotFound { .. } => Code::ConversationNotFound,
            StoreError::MessageNotFound { .. } => Code::NotFound,
            StoreError::MessageConflict { .. } => Code::IdempotencyConflict,
            StoreError::DecisionNotFound { .. } => Code::DecisionNotFound,
            StoreError::TicketNotFound { .. } => Code::TicketNotFound,
            StoreError::TicketState { .. } => Code::TicketState,
            StoreError::KeyNotFound { .. } => Code::KeyNotFound,
            StoreError::LabelNotFound { .. } => Code::LabelNotFound,
            StoreError::LabelsFull { .. } => Code::LabelsFull,
            StoreError::BackupInvalid { .. } => Code::BackupInvalid,
        }
    }

    fn hint(&self, locale: Locale) -> String {
        match self {
            StoreError::BackupTargetExists { .. } => {
                locale.pick("请换一个尚不存在的目录。", "Name a directory that does not exist yet.").to_owned()
            }
            StoreError::MessageConflict { .. } => {
                locale.pick("每条新消息请使用新的消息 id。", "Give every new message an id of its own.").to_owned()
            }
            _ => self.code().hint(locale).to_owned(),
        }
    }

    fn retry_after_s(&self) -> Option<u64> {
        matches!(self, StoreError::Unavailable { .. }).then_some(1)
    }
}
