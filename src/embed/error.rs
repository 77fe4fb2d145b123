//! Everything that can go wrong with a model: its directory, its weights, its text, its download.

use std::error::Error as StdError;
use std::path::{Path, PathBuf};

use crate::domain::locale::Locale;
use crate::error::{Code, Coded, is_disk_full};

/// Why a model could not be found, fetched, loaded or used.
#[derive(Debug, thiserror::Error)]
pub enum EmbedError {
    /// A file that the model needs is not in its directory.
    #[error("{} is missing", path.display())]
    FileMissing {
        /// The file.
        path: PathBuf,
    },
    /// A file is there but cannot be read or written.
    #[error("{} cannot be {action}", path.display())]
    FileAccess {
        /// The file or directory.
        path: PathBuf,
        /// `read`, `written`, …
        action: &'static str,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// A JSON file of the model is broken.
    #[error("{} is not the JSON that was expected: {source}", path.display())]
    JsonInvalid {
        /// The file.
        path: PathBuf,
        /// Line, column and reason.
        #[source]
        source: serde_json::Error,
    },
    /// A value in the model's configuration contradicts another one or is out of range.
    #[error("{}: {field} {problem}", path.display())]
    ConfigInvalid {
        /// The file.
        path: PathBuf,
        /// The field.
        field: &'static str,
        /// What is wrong with it, with its value.
        problem: String,
    },
    /// `tokenizer.json` does not describe a tokenizer.
    #[error("{} is not a tokenizer", path.display())]
    TokenizerInvalid {
        /// The file.
        path: PathBuf,
        /// What the tokenizer library said.
        #[source]
        source: Box<dyn StdError + Send + Sync>,
    },
    /// The weights file is cut short or not a safetensors file.
    #[error("{} is cut short or not a safetensors file", path.display())]
    WeightsDamaged {
        /// The file.
        path: PathBuf,
        /// What the reader said.
        #[source]
        source: safetensors::SafeTensorError,
    },
    /// The weights file lacks a tensor.
    #[error("{} has no tensor {tensor}", path.display())]
    TensorMissing {
        /// The file.
        path: PathBuf,
        /// The tensor's name.
        tensor: String,
    },
    /// A tensor has another shape than the configuration says.
    #[error("{}: tensor {tensor} has shape {found:?}, config.json says {expected:?}", path.display())]
    TensorShape {
        /// The file.
        path: PathBuf,
        /// The tensor's name.
        tensor: String,
        /// By the configuration.
        expected: Vec<usize>,
        /// In the file.
        found: Vec<usize>,
    },
    /// A tensor is stored as something else than 32-bit or 16-bit floating point.
    #[error("{}: tensor {tensor} is stored as {found}; only F32, F16 and BF16 are read", path.display())]
    TensorType {
        /// The file.
        path: PathBuf,
        /// The tensor's name.
        tensor: String,
        /// The type in the file.
        found: String,
    },
    /// The model is of a kind that this program cannot compute.
    #[error("{}: {what} {found:?} is not supported", path.display())]
    ModelUnsupported {
        /// The file that says so.
        path: PathBuf,
        /// `model_type`, `pooling`, …
        what: &'static str,
        /// Its value.
        found: String,
    },
    /// The tokenizer made a token for which the weights have no row.
    #[error("token {token} of {name}'s tokenizer is beyond its vocabulary of {vocab}")]
    TokenBeyondVocabulary {
        /// The model.
        name: String,
        /// The token's id.
        token: u32,
        /// Rows of the word embedding.
        vocab: usize,
    },
    /// The tokenizer failed on a text.
    #[error("the tokenizer of {name} cannot read the text")]
    Tokenize {
        /// The model.
        name: String,
        /// What the tokenizer library said.
        #[source]
        source: Box<dyn StdError + Send + Sync>,
    },
    /// A text has no tokens at all, not even special ones.
    #[error("the text has no tokens for {name}")]
    TextWithoutTokens {
        /// The model.
        name: String,
    },
    /// The computation gave NaN, infinity or a zero vector, which damaged weights do.
    #[error("{name} gave a vector that is not finite and of length 1")]
    VectorInvalid {
        /// The model.
        name: String,
    },
    /// The tensor library refused an operation: a mistake of ours.
    #[error("{name} could not be computed")]
    Compute {
        /// The model.
        name: String,
        /// What the tensor library said.
        #[source]
        source: candle_core::Error,
    },
    /// No model of this name is known.
    #[error("model {name:?} is not known")]
    ModelUnknown {
        /// The name.
        name: String,
    },
    /// The model is known but lies in none of the places searched.
    #[error("model {name} is not installed (searched: {})", list(searched))]
    ModelMissing {
        /// The name.
        name: String,
        /// The directories that were looked for.
        searched: Vec<PathBuf>,
    },
    /// A file's content is not what the manifest promises.
    #[error("{} has sha256 {found}, the manifest says {expected}", path.display())]
    ChecksumMismatch {
        /// The file.
        path: PathBuf,
        /// By the manifest.
        expected: String,
        /// Of the file.
        found: String,
    },
    /// `models.toml` or a lock file cannot be understood.
    #[error("{} is invalid: {problem}", path.display())]
    ManifestInvalid {
        /// The file.
        path: PathBuf,
        /// Where and why.
        problem: String,
    },
    /// A download did not succeed.
    #[error("{file} of {name} could not be fetched from {endpoint}: {reason}")]
    DownloadFailed {
        /// The model.
        name: String,
        /// The file.
        file: String,
        /// The server asked.
        endpoint: String,
        /// In one clause.
        reason: String,
        /// What the client said.
        #[source]
        source: Option<Box<dyn StdError + Send + Sync>>,
    },
    /// The model is not one that can be fetched.
    #[error("model {name} comes with the program and has no place to be fetched from")]
    NotDownloadable {
        /// The model.
        name: String,
    },
}

impl EmbedError {
    /// Wraps a failed read of `path`; a file that is not there gets its own variant.
    pub(crate) fn reading(path: &Path, source: std::io::Error) -> Self {
        if source.kind() == std::io::ErrorKind::NotFound {
            EmbedError::FileMissing { path: path.to_owned() }
        } else {
            EmbedError::FileAccess { path: path.to_owned(), action: "read", source }
        }
    }

    /// Wraps a failed write of `path`.
    pub(crate) fn writing(path: &Path, source: std::io::Error) -> Self {
        EmbedError::FileAccess { path: path.to_owned(), action: "written", source }
    }
}

impl Coded for EmbedError {
    fn code(&self) -> Code {
        match self {
            EmbedError::FileAccess { source, .. } if is_disk_full(source) => Code::DiskFull,
            // A new copy of the model cannot help where nothing can be written.
            EmbedError::FileAccess { action: "written", .. } => Code::FileUnreadable,
            EmbedError::FileMissing { .. }
            | EmbedError::FileAccess { .. }
            | EmbedError::JsonInvalid { .. }
            | EmbedError::ConfigInvalid { .. }
            | EmbedError::TokenizerInvalid { .. }
            | EmbedError::WeightsDamaged { .. }
            | EmbedError::TensorMissing { .. }
            | EmbedError::TensorShape { .. }
            | EmbedError::TokenBeyondVocabulary { .. }
            | EmbedError::TextWithoutTokens { .. }
            | EmbedError::VectorInvalid { .. }
            | EmbedError::ChecksumMismatch { .. } => Code::ModelDamaged,
            EmbedError::TensorType { .. } | EmbedError::ModelUnsupported { .. } => Code::ModelUnsupported,
            EmbedError::ModelUnknown { .. } => Code::ModelUnknown,
            EmbedError::NotDownloadable { .. } => Code::UsageInvalid,
            EmbedError::ModelMissing { .. } => Code::ModelMissing,
            EmbedError::ManifestInvalid { .. } => Code::ConfigInvalid,
            EmbedError::DownloadFailed { .. } => Code::DownloadFailed,
            EmbedError::Tokenize { .. } | EmbedError::Compute { .. } => Code::Internal,
        }
    }

    fn hint(&self, locale: Locale) -> String {
        match (self, locale) {
            (EmbedError::NotDownloadable { .. }, Locale::ZhCn) => "该模型随程序提供：请从发行包复制 models/ 目录。".to_owned(),
            (EmbedError::NotDownloadable { .. }, Locale::En) => "Copy the models/ directory that the program came with.".to_owned(),
            _ => self.code().hint(locale).to_owned(),
        }
    }
}

fn list(paths: &[PathBuf]) -> String {
    paths.iter().map(|p| p.display().to_string()).collect::<Vec<_>>().join(", ")
}
