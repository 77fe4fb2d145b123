//! Where models lie and which one is in use.
//!
//! A model is a directory of its name below one of the roots: `<data-dir>/models`, then `$JIEDA_MODELS` or `./models`, then
//! beside the program. A `models.toml` in a root adds to the built-in manifest or replaces entries of it; a directory that no
//! manifest names can be used too, by what its own files say. The model in use is named in the small file `<data-dir>/model`.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};

use super::EmbedError;
use super::directory::sha256_of_file;
use super::encoder::{Encoder, Options};
use super::manifest::{self, DEFAULT_MODEL, Lock, Manifest, ModelEntry, is_model_name};

/// The known models and the places where they lie.
#[derive(Debug, Clone)]
pub struct Registry {
    data_dir: PathBuf,
    roots: Vec<PathBuf>,
    manifest: Manifest,
}

/// A model that is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resolved {
    /// Its name.
    pub name: String,
    /// Its directory.
    pub dir: PathBuf,
    /// Its entry in the manifest; `None` for a directory that was put there by hand.
    pub entry: Option<ModelEntry>,
    /// What a pull recorded.
    pub lock: Option<Lock>,
}

/// One line of `models list`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// Its name.
    pub name: String,
    /// Its entry in the manifest; `None` for a directory that was put there by hand.
    pub entry: Option<ModelEntry>,
    /// Where it lies; `None` if it would have to be pulled first.
    pub dir: Option<PathBuf>,
    /// Whether it is the model in use.
    pub active: bool,
}

/// What `models verify` found out about one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileCheck {
    /// The path inside the model's directory.
    pub path: String,
    /// The finding.
    pub state: FileState,
}

/// The state of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FileState {
    /// The content is the recorded one.
    Good,
    /// The file is there; no hash was ever recorded, this is the present one.
    Unrecorded(String),
    /// The file is not there.
    Missing,
    /// The content is another one.
    Differs {
        /// Recorded.
        expected: String,
        /// Present.
        found: String,
    },
}

impl FileState {
    /// Whether the file can be used.
    pub fn passed(&self) -> bool {
        matches!(self, FileState::Good | FileState::Unrecorded(_))
    }
}

impl Registry {
    /// Looks at `first`, then at the usual places for `data_dir`, `$JIEDA_MODELS` and the program's own directory.
    ///
    /// **Errors** a `models.toml` that cannot be read or understood.
    pub fn open(data_dir: &Path, first: Option<&Path>) -> Result<Registry, EmbedError> {
        let mut roots: Vec<PathBuf> = first.map(Path::to_owned).into_iter().collect();
        roots.push(data_dir.join("models"));
        roots.push(std::env::var_os("JIEDA_MODELS").filter(|path| !path.is_empty()).map_or_else(|| "models".into(), PathBuf::from));
        if let Some(beside) = std::env::current_exe().ok().as_deref().and_then(Path::parent) {
            // Installed flat, below bin/, below prefix/bin, in target/<profile>.
            roots.extend(["models", "../models", "../share/jieda/models", "../../models"].map(|place| beside.join(place)));
        }
        Registry::with_roots(data_dir, roots)
    }

    /// As [`Registry::open`], with the roots given; the first that has a model wins.
    pub fn with_roots(data_dir: &Path, roots: Vec<PathBuf>) -> Result<Registry, EmbedError> {
        let mut models: Vec<ModelEntry> = Vec::new();
        let mut add = |manifest: Manifest| {
            for entry in manifest.models {
                if !models.iter().any(|known| known.name == entry.name) {
                    models.push(entry);
                }
            }
        };
        for root in &roots {
            let path = root.join(manifest::FILE_NAME);
            match std::fs::read_to_string(&path) {
                Ok(text) => add(Manifest::parse(&path, &text)?),
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
                Err(error) => return Err(EmbedError::reading(&path, error)),
            }
        }
        add(Manifest::builtin()?);
        Ok(Registry { data_dir: data_dir.to_owned(), roots, manifest: Manifest { models } })
    }

    /// The known models.
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// The root that pulls write to.
    pub fn pull_root(&self) -> PathBuf {
        self.data_dir.join("models")
    }

    /// The name of the model in use.
    ///
    /// **Errors** `ManifestInvalid` when the file that names it holds no model name.
    pub fn active(&self) -> Result<String, EmbedError> {
        let path = self.data_dir.join("model");
        match std::fs::read_to_string(&path) {
            Ok(text) if is_model_name(text.trim()) => Ok(text.trim().to_owned()),
            Ok(text) => {
                let start: String = text.trim().chars().take(80).collect();
                Err(EmbedError::ManifestInvalid { path, problem: format!("{start:?} is not a model name") })
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(DEFAULT_MODEL.to_owned()),
            Err(error) => Err(EmbedError::reading(&path, error)),
        }
    }

    /// Makes `name` the model in use, from the next start on. It must be there.
    pub fn set_active(&self, name: &str) -> Result<Resolved, EmbedError> {
        let resolved = self.resolve(name)?;
        write_atomically(&self.data_dir, "model", format!("{name}\n").as_bytes())?;
        Ok(resolved)
    }

    /// Finds the model's directory.
    ///
    /// **Errors** `ModelUnknown` for a name that neither a manifest nor a directory has, `ModelMissing` for a known model that is
    /// not there, with the places searched.
    pub fn resolve(&self, name: &str) -> Result<Resolved, EmbedError> {
        if !is_model_name(name) {
            return Err(EmbedError::ModelUnknown { name: name.to_owned() });
        }
        let entry = self.manifest.find(name).cloned();
        let searched: Vec<PathBuf> = self.roots.iter().map(|root| root.join(name)).collect();
        match (searched.iter().find(|dir| is_model_dir(dir)), &entry) {
            (Some(dir), _) => Ok(Resolved { name: name.to_owned(), dir: dir.clone(), lock: Lock::read(dir)?, entry }),
            (None, Some(_)) => Err(EmbedError::ModelMissing { name: name.to_owned(), searched }),
            (None, None) => Err(EmbedError::ModelUnknown { name: name.to_owned() }),
        }
    }

    /// Loads a model, held to every hash that is known of its files.
    pub fn load(&self, name: &str) -> Result<Encoder, EmbedError> {
        let resolved = self.resolve(name)?;
        Encoder::load(&resolved.dir, &resolved.options())
    }

    /// Every model of the manifest, in its order, then every other directory that holds one, by name.
    pub fn list(&self) -> Result<Vec<Listed>, EmbedError> {
        let active = self.active()?;
        let mut found: BTreeMap<String, PathBuf> = BTreeMap::new();
        for root in self.roots.iter().rev() {
            for name in model_dirs(root) {
                found.insert(name.clone(), root.join(name));
            }
        }
        let mut listed = Vec::new();
        for entry in &self.manifest.models {
            let dir = found.remove(&entry.name);
            listed.push(Listed { name: entry.name.clone(), entry: Some(entry.clone()), dir, active: entry.name == active });
        }
        for (name, dir) in found {
            listed.push(Listed { active: name == active, name, entry: None, dir: Some(dir) });
        }
        Ok(listed)
    }

    /// Compares every file of a model with what the manifest or the lock recorded. **Cost** reads the whole model.
    pub fn verify(&self, name: &str) -> Result<Vec<FileCheck>, EmbedError> {
        let resolved = self.resolve(name)?;
        let checksums = resolved.checksums();
        let named = resolved.entry.iter().flat_map(|entry| entry.files.iter().map(|file| file.path.clone()));
        let mut paths: Vec<String> = named.collect();
        if paths.is_empty() {
            paths = ["config.json", "tokenizer.json", "model.safetensors"].map(str::to_owned).to_vec();
        }
        for path in checksums.keys() {
            if !paths.contains(path) {
                paths.push(path.clone());
            }
        }
        let mut checks = Vec::new();
        for path in paths {
            let state = match (sha256_of_file(&resolved.dir.join(&path)), checksums.get(&path)) {
                (Ok(found), Some(expected)) if found == *expected => FileState::Good,
                (Ok(found), Some(expected)) => FileState::Differs { expected: expected.clone(), found },
                (Ok(found), None) => FileState::Unrecorded(found),
                (Err(EmbedError::FileMissing { .. }), _) => FileState::Missing,
                (Err(error), _) => return Err(error),
            };
            checks.push(FileCheck { path, state });
        }
        Ok(checks)
    }
}

impl Resolved {
    /// How to load it: the manifest's word goes before the directory's own, and every known hash is checked.
    pub fn options(&self) -> Options {
        let known = self.entry.as_ref().map(Options::from).unwrap_or_default();
        Options { name: Some(self.name.clone()), checksums: self.checksums(), ..known }
    }

    /// Known hashes by path; the manifest's go before the lock's.
    fn checksums(&self) -> BTreeMap<String, String> {
        let mut checksums = self.lock.as_ref().map(|lock| lock.files.clone()).unwrap_or_default();
        checksums.extend(self.entry.iter().flat_map(ModelEntry::checksums));
        checksums
    }
}

/// Writes `<dir>/<name>` so that a crash leaves either the old content or the new.
pub(super) fn write_atomically(dir: &Path, name: &str, bytes: &[u8]) -> Result<(), EmbedError> {
    std::fs::create_dir_all(dir).map_err(|source| EmbedError::writing(dir, source))?;
    let (path, aside) = (dir.join(name), dir.join(format!("{name}.new")));
    let write = || -> std::io::Result<()> {
        let mut file = std::fs::File::create(&aside)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        std::fs::rename(&aside, &path)?;
        sync_dir(dir)
    };
    write().map_err(|source| EmbedError::writing(&path, source))
}

/// Makes a rename inside `dir` durable.
pub(super) fn sync_dir(dir: &Path) -> std::io::Result<()> {
    std::fs::File::open(dir)?.sync_all()
}

fn is_model_dir(dir: &Path) -> bool {
    dir.join("config.json").is_file() || dir.join("model.safetensors").is_file()
}

/// Names of the models directly below `root` and one level deeper; a root that cannot be read has none.
fn model_dirs(root: &Path) -> Vec<String> {
    let mut names = Vec::new();
    for name in subdirectories(root) {
        if is_model_dir(&root.join(&name)) {
            names.push(name);
        } else {
            let deeper = subdirectories(&root.join(&name)).into_iter().map(|inner| format!("{name}/{inner}"));
            names.extend(deeper.filter(|name| is_model_dir(&root.join(name))));
        }
    }
    names
}

fn subdirectories(dir: &Path) -> Vec<String> {
    let Ok(entries) = std::fs::read_dir(dir) else { return Vec::new() };
    let mut names: Vec<String> = entries
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter(|name| is_model_name(name) && !name.starts_with('.') && dir.join(name).is_dir())
        .collect();
    names.sort();
    names
}
