//! Model directories with something wrong: each fault has its own error, which names the file.

use std::collections::BTreeMap;
use std::path::Path;

use safetensors::Dtype;

use super::tiny::{BGE, E5, MINILM, Tiny};
use crate::embed::directory::sha256;
use crate::embed::encoder::{Encoder, Options};
use crate::embed::{EmbedError, Embedder, precomputed};
use crate::error::{Code, Coded, chain};

/// Writes a sound model, harms it, and returns what loading says.
fn after(tiny: &Tiny, harm: impl FnOnce(&Path)) -> EmbedError {
    let dir = tempfile::tempdir().unwrap();
    tiny.write(dir.path());
    harm(dir.path());
    match Encoder::load(dir.path(), &Options::default()) {
        Ok(_) => panic!("loaded all the same"),
        Err(error) => error,
    }
}

fn replace(name: &'static str, from: &'static str, to: &'static str) -> impl Fn(&Path) {
    move |dir| {
        let text = std::fs::read_to_string(dir.join(name)).unwrap();
        assert!(text.contains(from), "{name} has no {from}");
        std::fs::write(dir.join(name), text.replacen(from, to, 1)).unwrap();
    }
}

fn remove(name: &'static str) -> impl Fn(&Path) {
    move |dir| std::fs::remove_file(dir.join(name)).unwrap()
}

fn cut(name: &'static str, keep: usize) -> impl Fn(&Path) {
    move |dir| {
        let bytes = std::fs::read(dir.join(name)).unwrap();
        std::fs::write(dir.join(name), &bytes[..keep.min(bytes.len() - 1)]).unwrap();
    }
}

macro_rules! refused {
    ($error:expr, $variant:ident, $file:literal, $code:ident) => {{
        let error = $error;
        assert!(matches!(error, EmbedError::$variant { .. }), "{error:?}");
        assert!(error.to_string().contains($file), "{error}");
        assert_eq!(error.code(), Code::$code, "{error}");
        error.to_string()
    }};
}

#[test]
fn missing_files() {
    for name in ["config.json", "tokenizer.json", "model.safetensors", "modules.json", "1_Pooling/config.json"] {
        let error = after(&BGE, remove(name));
        assert!(matches!(&error, EmbedError::FileMissing { path } if path.ends_with(name)), "{name}: {error:?}");
        assert_eq!(error.code(), Code::ModelDamaged);
    }
    // This one only says how long a text may be; the positions say it too.
    let dir = tempfile::tempdir().unwrap();
    BGE.write(dir.path());
    std::fs::remove_file(dir.path().join("sentence_bert_config.json")).unwrap();
    assert_eq!(Encoder::load(dir.path(), &Options::default()).unwrap().max_tokens(), 16);
}

#[test]
fn a_directory_in_a_files_place_cannot_be_read() {
    let error = after(&BGE, |dir| {
        std::fs::remove_file(dir.join("model.safetensors")).unwrap();
        std::fs::create_dir(dir.join("model.safetensors")).unwrap();
    });
    refused!(error, FileAccess, "model.safetensors", ModelDamaged);
}

#[test]
fn broken_json() {
    for name in ["config.json", "modules.json", "1_Pooling/config.json", "sentence_bert_config.json"] {
        let error = after(&BGE, cut(name, 20));
        assert!(matches!(&error, EmbedError::JsonInvalid { path, .. } if path.ends_with(name)), "{name}: {error:?}");
    }
    let message = refused!(after(&BGE, replace("config.json", "\"hidden_size\"", "\"hidden\"")), JsonInvalid, "config.json", ModelDamaged);
    assert!(message.contains("hidden_size"), "{message}");
    refused!(after(&BGE, cut("tokenizer.json", 300)), TokenizerInvalid, "tokenizer.json", ModelDamaged);
}

#[test]
fn broken_weights() {
    for keep in [0, 7, 100, 3000, usize::MAX] {
        refused!(after(&BGE, cut("model.safetensors", keep)), WeightsDamaged, "model.safetensors", ModelDamaged);
    }
    let error = after(&BGE, |dir| std::fs::write(dir.join("model.safetensors"), vec![0xff; 4096]).unwrap());
    refused!(error, WeightsDamaged, "model.safetensors", ModelDamaged);
    let pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 77804848\n";
    let error = after(&BGE, |dir| std::fs::write(dir.join("model.safetensors"), pointer).unwrap());
    refused!(error, WeightsDamaged, "model.safetensors", ModelDamaged);
}

#[test]
fn weights_that_do_not_fit_the_configuration() {
    let shape = |from, to| refused!(after(&BGE, replace("config.json", from, to)), TensorShape, "model.safetensors", ModelDamaged);
    assert!(shape("\"vocab_size\": 64", "\"vocab_size\": 65").contains("[64, 16], config.json says [65, 16]"));
    shape("\"intermediate_size\": 24", "\"intermediate_size\": 20");
    shape("\"max_position_embeddings\": 16", "\"max_position_embeddings\": 512");

    let error = after(&BGE, replace("config.json", "\"num_hidden_layers\": 2", "\"num_hidden_layers\": 3"));
    let message = refused!(error, TensorMissing, "model.safetensors", ModelDamaged);
    assert!(message.contains("encoder.layer.2.attention.self.query.weight"), "{message}");

    let error = after(&BGE, replace("config.json", "\"hidden_size\": 16", "\"hidden_size\": 32"));
    refused!(error, ConfigInvalid, "1_Pooling/config.json", ModelDamaged);

    let error = after(&Tiny { dtype: Dtype::F64, ..BGE }, |_| {});
    refused!(error, TensorType, "F64", ModelUnsupported);
}

#[test]
fn configurations_that_contradict_themselves() {
    for (from, to, field) in [
        ("\"num_attention_heads\": 4", "\"num_attention_heads\": 5", "hidden_size"),
        ("\"num_attention_heads\": 4", "\"num_attention_heads\": 0", "num_attention_heads"),
        ("\"layer_norm_eps\": 1e-12", "\"layer_norm_eps\": -1.0", "layer_norm_eps"),
        ("\"max_position_embeddings\": 16", "\"max_position_embeddings\": 0", "max_position_embeddings"),
    ] {
        let error = after(&BGE, replace("config.json", from, to));
        assert!(matches!(&error, EmbedError::ConfigInvalid { field: named, .. } if *named == field), "{error:?}");
    }
    let error = after(&BGE, replace("sentence_bert_config.json", "12", "2"));
    assert!(error.to_string().contains("2 leaves no room beside 2 special tokens"), "{error}");
}

#[test]
fn models_of_other_kinds() {
    for (name, from, to, named) in [
        ("config.json", "\"bert\"", "\"t5\"", "model_type \"t5\""),
        ("config.json", "\"bert\"", "\"modernbert\"", "model_type \"modernbert\""),
        ("config.json", "\"gelu\"", "\"swish\"", "hidden_act \"swish\""),
        ("config.json", "\"absolute\"", "\"relative_key\"", "position_embedding_type \"relative_key\""),
        ("1_Pooling/config.json", "\"pooling_mode_max_tokens\": false", "\"pooling_mode_max_tokens\": true", "pooling \"max\""),
        ("1_Pooling/config.json", "\"pooling_mode_mean_tokens\": false", "\"pooling_mode_mean_tokens\": true", "cls and mean"),
        ("1_Pooling/config.json", "\"pooling_mode_cls_token\": true", "\"pooling_mode_cls_token\": false", "pooling \"none\""),
        ("modules.json", "models.Normalize", "models.Dense", "models.Dense"),
        ("modules.json", "models.Pooling", "models.Normalize", "pooling \"none\""),
    ] {
        let error = after(&BGE, replace(name, from, to));
        assert!(matches!(error, EmbedError::ModelUnsupported { .. }), "{error:?}");
        assert!(error.to_string().contains(named) && error.to_string().contains(name), "{error}");
        assert_eq!(error.code(), Code::ModelUnsupported);
    }
}

#[test]
fn a_checksum_holds_for_every_file_that_is_read() {
    let dir = tempfile::tempdir().unwrap();
    E5.write(dir.path());
    for name in ["config.json", "tokenizer.json", "model.safetensors", "modules.json", "1_Pooling/config.json"] {
        let checksums = BTreeMap::from([(name.to_owned(), "0".repeat(64))]);
        let error = Encoder::load(dir.path(), &Options { checksums, ..Options::default() }).err().unwrap();
        assert!(matches!(&error, EmbedError::ChecksumMismatch { path, .. } if path.ends_with(name)), "{error:?}");
        assert_eq!(error.code(), Code::ModelDamaged);
    }
}

#[test]
fn a_model_of_another_size_than_the_manifest_says() {
    let dir = tempfile::tempdir().unwrap();
    E5.write(dir.path());
    let error = Encoder::load(dir.path(), &Options { dims: Some(384), ..Options::default() }).err().unwrap();
    assert!(error.to_string().contains("hidden_size is 16, the manifest says 384"), "{error}");
}

#[test]
fn nan_weights_never_become_a_vector() {
    let dir = tempfile::tempdir().unwrap();
    E5.write(dir.path());
    let path = dir.path().join("model.safetensors");
    let mut bytes = std::fs::read(&path).unwrap();
    let len = bytes.len();
    bytes[len - 4..].copy_from_slice(&f32::NAN.to_le_bytes());
    std::fs::write(&path, bytes).unwrap();
    let encoder = Encoder::load(dir.path(), &Options::default()).unwrap();
    for error in [encoder.embed_query("退款").err(), encoder.embed_passages(&["退款".to_owned()], &mut |_| {}).err()] {
        assert!(matches!(error, Some(EmbedError::VectorInvalid { .. })), "{error:?}");
    }
}

#[test]
fn a_token_without_a_row_is_named() {
    let dir = tempfile::tempdir().unwrap();
    MINILM.write(dir.path());
    replace("tokenizer.json", "\"退\": 11", "\"退\": 64")(dir.path());
    let encoder = Encoder::load(dir.path(), &Options::default()).unwrap();
    assert!(encoder.embed_query("款").is_ok());
    let error = encoder.embed_query("退款").unwrap_err();
    assert!(matches!(error, EmbedError::TokenBeyondVocabulary { token: 64, vocab: 64, .. }), "{}", chain(&error));
}

#[test]
fn a_text_without_any_token_is_an_error_not_a_nan() {
    let dir = tempfile::tempdir().unwrap();
    MINILM.write(dir.path());
    let path = dir.path().join("tokenizer.json");
    let mut tokenizer: serde_json::Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    tokenizer["post_processor"] = serde_json::Value::Null;
    std::fs::write(&path, tokenizer.to_string()).unwrap();
    let encoder = Encoder::load(dir.path(), &Options::default()).unwrap();
    assert!(matches!(encoder.embed_query(" \n"), Err(EmbedError::TextWithoutTokens { .. })));
}

#[test]
fn vectors_that_came_with_a_model_are_read_only_if_they_are_its_own_and_whole() {
    let dir = tempfile::tempdir().unwrap();
    MINILM.write(dir.path());
    let path = dir.path().join(precomputed::FILE);
    let load = |checksum: Option<&str>| {
        let checksums = checksum.map(|hash| (precomputed::FILE.to_owned(), hash.to_owned())).into_iter().collect();
        Encoder::load(dir.path(), &Options { checksums, ..Options::default() }).unwrap()
    };
    let (encoder, texts) = (load(None), ["a b".to_owned(), "b".to_owned()]);
    assert_eq!(encoder.precomputed(&texts).unwrap(), None, "none came");
    let vectors = encoder.embed_passages(&texts, &mut |_| ()).unwrap();
    let bytes = precomputed::write(&encoder, &texts, &vectors).unwrap();
    std::fs::write(&path, &bytes).unwrap();
    assert_eq!(encoder.precomputed(&texts).unwrap().map(|vectors| vectors.len()), Some(2));
    assert_eq!(encoder.precomputed(&texts[..1]).unwrap(), None, "of other texts");

    let hash = sha256(&bytes);
    std::fs::write(&path, &bytes[..bytes.len() - 1]).unwrap();
    assert!(matches!(encoder.precomputed(&texts), Err(EmbedError::WeightsDamaged { .. })));
    assert!(matches!(load(Some(&hash)).precomputed(&texts), Err(EmbedError::ChecksumMismatch { .. })));
    std::fs::write(&path, &bytes).unwrap();
    assert!(load(Some(&hash)).precomputed(&texts).unwrap().is_some());
}
