//! Where models are looked for, which one is in use, what is wrong with their files; and the manifest's own checks.

use std::path::Path;

use super::tiny::{E5, MINILM};
use crate::embed::manifest::{DEFAULT_MODEL, Lock, Manifest, Source, is_model_name};
use crate::embed::registry::{FileState, Registry};
use crate::embed::{EmbedError, Embedder};
use crate::error::{Code, Coded};

#[test]
fn the_built_in_manifest_is_sound() {
    let manifest = Manifest::builtin().unwrap();
    let names: Vec<&str> = manifest.models.iter().map(|model| model.name.as_str()).collect();
    assert_eq!(
        names,
        [
            DEFAULT_MODEL,
            "jieda-embed-zh-en-6l",
            "BAAI/bge-small-zh-v1.5",
            "intfloat/multilingual-e5-small",
            "sentence-transformers/all-MiniLM-L6-v2"
        ]
    );
    for model in &manifest.models {
        assert_eq!(model.checksums().len() == model.files.len(), model.source == Source::Bundled, "{}", model.name);
    }
}

#[test]
fn a_manifest_is_read_strictly() {
    let good = "[[model]]\nname = \"a/b\"\nsource = \"hub\"\nrevision = \"main\"\ndims = 8\nmax_tokens = 8\npooling = \"cls\"\n\
                query_prefix = \"\"\npassage_prefix = \"\"\nlicence = \"MIT\"\nlanguages = [\"zh\"]\n\
                files = [{ path = \"config.json\", sha256 = \"\" }]\n";
    let path = Path::new("models.toml");
    assert_eq!(Manifest::parse(path, good).unwrap().models.len(), 1);
    let twice = format!("{good}{good}");
    for (wrong, says) in [
        (good.replace("dims", "dimensions"), "dimensions"),
        (good.replace("licence = \"MIT\"\n", ""), "licence"),
        (good.replace("\"cls\"", "\"max\""), "max"),
        (good.replace("\"a/b\"", "\"a/../b\""), "is not a model name"),
        (good.replace("config.json", "../config.json"), "not a path inside"),
        (good.replace("config.json", "/etc/passwd"), "not a path inside"),
        (good.replace("sha256 = \"\"", "sha256 = \"ABC\""), "no sha256"),
        (good.replace("dims = 8", "dims = 0"), "must not be empty"),
        (twice, "stands twice"),
        (good.replace("\n", "\r\n").replace("[[model]]", "[[model"), "models.toml is invalid"),
    ] {
        let error = Manifest::parse(path, &wrong).unwrap_err();
        assert!(error.to_string().contains(says), "{error}");
        assert_eq!(error.code(), Code::ConfigInvalid);
    }
}

#[test]
fn model_names_cannot_leave_their_root() {
    for name in ["a", "BAAI/bge-small-zh-v1.5", "x_1"] {
        assert!(is_model_name(name), "{name}");
    }
    for name in ["", ".", "..", "a/..", "../a", "/a", "a/", "a//b", "a/b/c", "a\\b", "模型", "a b", &"x".repeat(201)] {
        assert!(!is_model_name(name), "{name}");
    }
}

#[test]
fn models_are_found_by_root_and_the_one_in_use_is_remembered() {
    let home = tempfile::tempdir().unwrap();
    let (data, shared) = (home.path().join("data"), home.path().join("shared"));
    let registry = || Registry::with_roots(&data, vec![data.join("models"), shared.clone()]).unwrap();
    assert_eq!(registry().active().unwrap(), DEFAULT_MODEL);

    E5.write(&shared.join("mine"));
    MINILM.write(&shared.join("shop/tuned"));
    let found = registry().resolve("mine").unwrap();
    assert_eq!((found.dir, found.entry), (shared.join("mine"), None));
    E5.write(&data.join("models/mine"));
    assert_eq!(registry().resolve("mine").unwrap().dir, data.join("models/mine"));

    assert_eq!(registry().set_active("mine").unwrap().name, "mine");
    assert_eq!(registry().active().unwrap(), "mine");
    let encoder = registry().load("shop/tuned").unwrap();
    assert_eq!(encoder.name(), "shop/tuned");

    let listed: Vec<(String, bool, bool)> =
        registry().list().unwrap().into_iter().map(|line| (line.name, line.dir.is_some(), line.active)).collect();
    let known = Manifest::builtin().unwrap().models.len();
    assert_eq!(listed.len(), known + 2);
    assert_eq!(listed[0], (DEFAULT_MODEL.to_owned(), false, false));
    assert_eq!(listed[known..], [("mine".to_owned(), true, true), ("shop/tuned".to_owned(), true, false)]);
}

#[test]
fn unknown_missing_and_garbled_models_are_told_apart() {
    let home = tempfile::tempdir().unwrap();
    let registry = Registry::with_roots(home.path(), vec![home.path().join("models")]).unwrap();
    for (name, code) in [("nobody", Code::ModelUnknown), ("../etc", Code::ModelUnknown), (DEFAULT_MODEL, Code::ModelMissing)] {
        for error in [registry.resolve(name).unwrap_err(), registry.set_active(name).unwrap_err(), registry.verify(name).unwrap_err()] {
            assert_eq!(error.code(), code, "{error}");
        }
    }
    let missing = registry.resolve(DEFAULT_MODEL).unwrap_err();
    assert!(matches!(&missing, EmbedError::ModelMissing { searched, .. } if searched.len() == 1), "{missing}");
    for text in ["", "../../etc/passwd", "\u{0}"] {
        std::fs::write(home.path().join("model"), text).unwrap();
        assert_eq!(registry.active().unwrap_err().code(), Code::ConfigInvalid, "{text:?}");
    }
}

#[test]
fn a_manifest_beside_the_models_adds_to_the_built_in_one() {
    let home = tempfile::tempdir().unwrap();
    let built_in = include_str!("../../../models/models.toml");
    let own = built_in.replace("\"jieda-embed-zh-en\"", "\"shop-own\"");
    std::fs::write(home.path().join("models.toml"), own.replace("dims = 512", "dims = 16")).unwrap();
    let registry = Registry::with_roots(home.path(), vec![home.path().to_owned()]).unwrap();
    assert_eq!(registry.manifest().models.len(), Manifest::builtin().unwrap().models.len() + 1);
    assert_eq!(registry.manifest().find("BAAI/bge-small-zh-v1.5").unwrap().dims, 16);

    std::fs::write(home.path().join("models.toml"), "[[model]]\nname = 3\n").unwrap();
    let error = Registry::with_roots(home.path(), vec![home.path().to_owned()]).unwrap_err();
    assert_eq!(error.code(), Code::ConfigInvalid);
}

#[test]
fn verify_says_what_is_wrong_with_which_file() {
    let home = tempfile::tempdir().unwrap();
    let dir = home.path().join("mine");
    E5.write(&dir);
    let registry = Registry::with_roots(home.path(), vec![home.path().to_owned()]).unwrap();
    let checks = registry.verify("mine").unwrap();
    assert_eq!(checks.len(), 3);
    let mut files = std::collections::BTreeMap::new();
    for check in checks {
        let FileState::Unrecorded(hash) = check.state else { panic!("{check:?}") };
        files.insert(check.path, hash);
    }
    let lock = |files| std::fs::write(dir.join("manifest.lock.toml"), toml::to_string(&Lock { revision: "1".to_owned(), files }).unwrap());
    lock(files.clone()).unwrap();
    assert!(registry.verify("mine").unwrap().iter().all(|check| check.state == FileState::Good));
    assert!(registry.load("mine").is_ok());

    std::fs::write(dir.join("config.json"), "{}").unwrap();
    std::fs::remove_file(dir.join("tokenizer.json")).unwrap();
    let states: Vec<FileState> = registry.verify("mine").unwrap().into_iter().map(|check| check.state).collect();
    assert!(matches!(states[0], FileState::Differs { .. }) && states[1] == FileState::Missing && states[2] == FileState::Good);
    assert!(!states[0].passed() && !states[1].passed() && states[2].passed());
    assert_eq!(registry.load("mine").err().unwrap().code(), Code::ModelDamaged);

    files.insert("../elsewhere".to_owned(), "0".repeat(64));
    lock(files).unwrap();
    assert_eq!(registry.resolve("mine").unwrap_err().code(), Code::ConfigInvalid);
}
