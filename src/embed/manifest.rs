//! `models.toml`: the models that are known by name, with what their own files do not say or must be checked against.

use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::EmbedError;

/// The manifest that this program was built with.
const BUILTIN: &str = include_str!("../../models/models.toml");

/// The file's name in a directory of models.
pub const FILE_NAME: &str = "models.toml";

/// The model used when none was chosen.
pub const DEFAULT_MODEL: &str = "jieda-embed-zh-en";

/// How the vectors of a text's tokens become one vector.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Pooling {
    /// The mean over all tokens, special tokens included.
    Mean,
    /// The first token's.
    Cls,
}

impl Pooling {
    /// The name in the manifest.
    pub const fn name(self) -> &'static str {
        match self {
            Pooling::Mean => "mean",
            Pooling::Cls => "cls",
        }
    }
}

/// Where a model comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Source {
    /// With the program.
    Bundled,
    /// From the Hugging Face hub, from the repository of the model's name.
    Hub,
}

/// A file of a model.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileEntry {
    /// Relative to the model's directory, `/` between parts.
    pub path: String,
    /// Lower-case hex; empty until a first pull has recorded it.
    pub sha256: String,
}

/// A known model.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModelEntry {
    /// `owner/name` on the hub, or a plain name.
    pub name: String,
    /// Where it comes from.
    pub source: Source,
    /// Branch, tag or commit on the hub; for a bundled model its own version.
    pub revision: String,
    /// Numbers in a vector.
    pub dims: usize,
    /// Tokens read, special tokens included.
    pub max_tokens: usize,
    /// How tokens become one vector.
    pub pooling: Pooling,
    /// Put before a question.
    pub query_prefix: String,
    /// Put before a passage.
    pub passage_prefix: String,
    /// SPDX identifier of the weights' licence.
    pub licence: String,
    /// BCP 47 tags; `mul` for many.
    pub languages: Vec<String>,
    /// What must lie in its directory.
    pub files: Vec<FileEntry>,
}

impl ModelEntry {
    /// The recorded hashes by path; files without one are left out.
    pub fn checksums(&self) -> BTreeMap<String, String> {
        self.files.iter().filter(|file| !file.sha256.is_empty()).map(|file| (file.path.clone(), file.sha256.clone())).collect()
    }
}

/// The known models, in the file's order.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// One table `[[model]]` each.
    #[serde(rename = "model")]
    pub models: Vec<ModelEntry>,
}

impl Manifest {
    /// The manifest that was compiled in.
    pub fn builtin() -> Result<Manifest, EmbedError> {
        Manifest::parse(Path::new("(built-in) models.toml"), BUILTIN)
    }

    /// Reads a manifest; `path` is for messages.
    ///
    /// **Errors** syntax with line and column, an unknown or missing field, a name twice, a hash that is none, a path that
    /// leaves the model's directory.
    pub fn parse(path: &Path, text: &str) -> Result<Manifest, EmbedError> {
        let invalid = |problem: String| EmbedError::ManifestInvalid { path: path.to_owned(), problem };
        let manifest: Manifest = toml::from_str(text).map_err(|error| invalid(error.to_string().trim_end().to_owned()))?;
        for (n, model) in manifest.models.iter().enumerate() {
            if !is_model_name(&model.name) {
                return Err(invalid(format!("{:?} is not a model name", model.name)));
            }
            if manifest.models[..n].iter().any(|earlier| earlier.name == model.name) {
                return Err(invalid(format!("{} stands twice", model.name)));
            }
            if model.dims == 0 || model.max_tokens == 0 || model.files.is_empty() {
                return Err(invalid(format!("{}: dims, max_tokens and files must not be empty", model.name)));
            }
            for file in &model.files {
                if !is_inside(&file.path) {
                    return Err(invalid(format!("{}: {:?} is not a path inside the model's directory", model.name, file.path)));
                }
                if !(file.sha256.is_empty() || is_sha256(&file.sha256)) {
                    return Err(invalid(format!("{}: {} has no sha256 but {:?}", model.name, file.path, file.sha256)));
                }
            }
        }
        Ok(manifest)
    }

    /// The entry of this name.
    pub fn find(&self, name: &str) -> Option<&ModelEntry> {
        self.models.iter().find(|model| model.name == name)
    }
}

/// The lock file's name in a model's directory.
pub const LOCK_NAME: &str = "manifest.lock.toml";

/// What a pull recorded beside the files it fetched, because `models.toml` may be read-only: from then on a file that differs
/// is refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lock {
    /// The revision that was fetched.
    pub revision: String,
    /// Lower-case hex sha256 by path.
    pub files: BTreeMap<String, String>,
}

impl Lock {
    /// The lock of the model in `dir`, if it has one.
    pub fn read(dir: &Path) -> Result<Option<Lock>, EmbedError> {
        let path = dir.join(LOCK_NAME);
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(EmbedError::reading(&path, error)),
        };
        let invalid = |problem: String| EmbedError::ManifestInvalid { path: path.clone(), problem };
        let lock: Lock = toml::from_str(&text).map_err(|error| invalid(error.to_string().trim_end().to_owned()))?;
        match lock.files.iter().find(|(path, hash)| !is_inside(path) || !is_sha256(hash)) {
            Some((file, _)) => Err(invalid(format!("{file:?} has no usable sha256"))),
            None => Ok(Some(lock)),
        }
    }
}

/// Whether `name` may name a model: one or two parts of letters, digits, `.`, `_` and `-`, none of them only dots. Such a name
/// is also a relative path that cannot leave its root.
pub fn is_model_name(name: &str) -> bool {
    let part = |part: &str| {
        !part.is_empty()
            && part.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-'))
            && !part.chars().all(|c| c == '.')
    };
    name.len() <= 200 && name.split('/').count() <= 2 && name.split('/').all(part)
}

fn is_sha256(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
}

fn is_inside(path: &str) -> bool {
    !path.is_empty() && !path.contains('\\') && PathBuf::from(path).components().all(|part| matches!(part, Component::Normal(_)))
}
