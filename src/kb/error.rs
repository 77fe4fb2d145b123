//! What stops a whole file from being read or written; a single bad row is a [`super::Refusal`] instead.

use std::path::PathBuf;

use crate::domain::locale::Locale;
use crate::domain::wording::Wording;
use crate::error::{Code, Coded, is_disk_full};

/// A file that cannot be read or written as a whole.
#[derive(Debug, thiserror::Error)]
pub enum KbError {
    /// The path cannot be opened or read.
    #[error("cannot read {}", path.display())]
    Unreadable {
        /// The path.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The bytes are no text of a known encoding, or of two equally well.
    #[error("{file}: {}", message.en)]
    Encoding {
        /// The file.
        file: String,
        /// What was found.
        message: Wording,
    },
    /// The file has none of the known forms.
    #[error("{file}: {}", message.en)]
    Format {
        /// The file.
        file: String,
        /// What was found.
        message: Wording,
        /// What to change.
        hint: Wording,
    },
    /// The target of an export holds other files.
    #[error("{} is not empty", path.display())]
    TargetNotEmpty {
        /// The target.
        path: PathBuf,
    },
    /// The file cannot be written.
    #[error("cannot write {}", path.display())]
    Unwritable {
        /// The path.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The workbook cannot be made.
    #[error("cannot write {} as a workbook", path.display())]
    Workbook {
        /// The path.
        path: PathBuf,
        /// Why.
        #[source]
        source: rust_xlsxwriter::XlsxError,
    },
}

impl KbError {
    /// The message in the reader's language.
    pub fn message(&self, locale: Locale) -> String {
        match (self, locale) {
            (KbError::Encoding { file, message } | KbError::Format { file, message, .. }, _) => {
                format!("{file}: {}", message.pick(locale))
            }
            (_, Locale::En) => self.to_string(),
            (KbError::Unreadable { path, .. }, Locale::ZhCn) => format!("无法读取 {}", path.display()),
            (KbError::TargetNotEmpty { path }, Locale::ZhCn) => format!("{} 不是空目录", path.display()),
            (KbError::Unwritable { path, .. } | KbError::Workbook { path, .. }, Locale::ZhCn) => format!("无法写入 {}", path.display()),
        }
    }
}

impl Coded for KbError {
    fn code(&self) -> Code {
        match self {
            KbError::Unwritable { source, .. } if is_disk_full(source) => Code::DiskFull,
            KbError::Unreadable { .. } | KbError::Unwritable { .. } => Code::FileUnreadable,
            KbError::Encoding { .. } => Code::FileEncoding,
            KbError::Format { .. } => Code::FileFormat,
            KbError::TargetNotEmpty { .. } => Code::AlreadyExists,
            KbError::Workbook { .. } => Code::Internal,
        }
    }

    fn message(&self, locale: Locale) -> String {
        KbError::message(self, locale)
    }

    fn hint(&self, locale: Locale) -> String {
        match self {
            KbError::Format { hint, .. } => hint.pick(locale).to_owned(),
            KbError::TargetNotEmpty { .. } => locale.pick("请导出到新目录或空目录。", "Export to a new or an empty directory.").to_owned(),
            _ => self.code().hint(locale).to_owned(),
        }
    }
}
