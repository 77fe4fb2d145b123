//! Models of other makes, small: poolings, tokenizers, prefixes, positions, storage types, held against the library's own
//! implementations.

use candle_core::{DType, Device, Tensor};
use candle_nn::VarBuilder;
use candle_transformers::models::{bert, xlm_roberta};
use safetensors::Dtype;
use serde_json::json;

use super::tiny::{BGE, E5, HIDDEN, MINILM, Tiny, XLM_R};
use super::{cosine, dot, farthest, owned};
use crate::embed::Embedder;
use crate::embed::encoder::{Encoder, Options};
use crate::embed::manifest::Pooling;

const TEXTS: &[&str] = &["退款多久到账？", "refunds", "Shipping ORDER 运费 发票", "", "🙂", "退货运费多久到账发票退货运费多久到账发票"];

fn write(tiny: &Tiny) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    tiny.write(dir.path());
    dir
}

/// The vector by candle-transformers' model, pooled here.
fn reference(tiny: &Tiny, ids: &[u32]) -> Vec<f32> {
    let weights = VarBuilder::from_buffered_safetensors(Tiny { dtype: Dtype::F32, ..*tiny }.weights(), DType::F32, &Device::Cpu).unwrap();
    let input = Tensor::new(vec![ids.to_vec()], &Device::Cpu).unwrap();
    let zeros = input.zeros_like().unwrap();
    let ones = input.ones_like().unwrap();
    let states = if tiny.model_type == "bert" {
        let config: bert::Config = serde_json::from_value(tiny.config()).unwrap();
        bert::BertModel::load(weights, &config).unwrap().forward(&input, &zeros, Some(&ones)).unwrap()
    } else {
        let config: xlm_roberta::Config = serde_json::from_value(tiny.config()).unwrap();
        let model = xlm_roberta::XLMRobertaModel::new(&config, weights).unwrap();
        model.forward(&input, &ones, &zeros, None, None, None).unwrap()
    };
    let states: Vec<Vec<f32>> = states.squeeze(0).unwrap().to_vec2().unwrap();
    if tiny.cls {
        return states[0].clone();
    }
    (0..HIDDEN).map(|n| states.iter().map(|state| state[n]).sum::<f32>() / states.len() as f32).collect()
}

#[test]
fn every_shape_equals_the_library_alone_and_in_a_batch() {
    for tiny in [BGE, E5, MINILM, XLM_R] {
        let dir = write(&tiny);
        let encoder = Encoder::load(dir.path(), &Options::default()).unwrap();
        assert_eq!((encoder.dims(), encoder.max_tokens()), (HIDDEN, 12));
        let batch = encoder.embed_passages(&owned(TEXTS), &mut |_| {}).unwrap();
        for (text, in_batch) in TEXTS.iter().zip(&batch) {
            let alone = encoder.embed_query(text).unwrap();
            let ids = encoder.token_ids(text).unwrap();
            assert!((2..=12).contains(&ids.len()), "{tiny:?} {text}: {ids:?}");
            let cosine = cosine(&alone, &reference(&tiny, &ids));
            assert!(cosine > 0.999_999, "{tiny:?} {text}: {cosine}");
            assert!(farthest(&alone, in_batch) < 1e-5, "{tiny:?} {text}");
            assert!((dot(&alone, &alone) - 1.0).abs() < 1e-5, "{tiny:?} {text}");
        }
    }
}

#[test]
fn wordpiece_lowers_case_splits_han_and_ignores_the_files_own_padding() {
    let dir = write(&MINILM);
    let encoder = Encoder::load(dir.path(), &Options::default()).unwrap();
    assert_eq!(encoder.token_ids("  Refunds 退款？ ").unwrap(), [2, 8, 5, 11, 12, 22, 3]);
    assert_eq!(encoder.token_ids("").unwrap(), [2, 3]);
    let long = encoder.token_ids(&"退款".repeat(50)).unwrap();
    assert_eq!((long.len(), long[11]), (12, 3));
}

#[test]
fn half_precision_files_give_the_same_vectors() {
    let full = write(&E5);
    let full = Encoder::load(full.path(), &Options::default()).unwrap();
    for dtype in [Dtype::F16, Dtype::BF16] {
        let dir = write(&Tiny { dtype, ..E5 });
        let encoder = Encoder::load(dir.path(), &Options::default()).unwrap();
        for text in TEXTS {
            assert_eq!(encoder.embed_query(text).unwrap(), full.embed_query(text).unwrap(), "{dtype:?} {text}");
        }
        assert_ne!(encoder.fingerprint(), full.fingerprint());
    }
}

#[test]
fn weights_below_a_task_head_are_found() {
    let (plain, headed) = (write(&BGE), write(&Tiny { head_prefix: "bert.", ..BGE }));
    let load = |dir: &tempfile::TempDir| Encoder::load(dir.path(), &Options::default()).unwrap().embed_query("退款").unwrap();
    assert_eq!(load(&plain), load(&headed));
}

#[test]
fn prefixes_come_from_options_or_else_from_the_directory() {
    let dir = write(&E5);
    let load = |options: &Options| Encoder::load(dir.path(), options).unwrap();
    let plain = load(&Options::default());
    let text = owned(&["退款多久"]);

    let prompts =
        json!({"prompts": {"query": "query: ", "passage": "passage: "}, "default_prompt_name": null, "similarity_fn_name": "cosine"});
    std::fs::write(dir.path().join("config_sentence_transformers.json"), prompts.to_string()).unwrap();
    let prompted = load(&Options::default());
    assert_eq!(prompted.embed_query("退款多久").unwrap(), plain.embed_query("query: 退款多久").unwrap());
    let passages = prompted.embed_passages(&text, &mut |_| {}).unwrap();
    assert_eq!(passages[0], plain.embed_query("passage: 退款多久").unwrap());

    let options = Options { query_prefix: Some(String::new()), passage_prefix: Some("query: ".to_owned()), ..Options::default() };
    let told = load(&options);
    assert_eq!(told.embed_query("退款多久").unwrap(), plain.embed_query("退款多久").unwrap());
    assert_eq!(told.embed_passages(&text, &mut |_| {}).unwrap()[0], plain.embed_query("query: 退款多久").unwrap());
}

#[test]
fn a_fingerprint_follows_everything_that_moves_a_vector() {
    let dir = write(&MINILM);
    let mut seen = Vec::new();
    let mut note = |what: &str, options: Options| {
        let encoder = Encoder::load(dir.path(), &options).unwrap();
        assert_eq!(encoder.fingerprint().len(), 64);
        assert!(!seen.contains(&encoder.fingerprint().to_owned()), "{what} leaves the fingerprint as it was");
        seen.push(encoder.fingerprint().to_owned());
    };
    note("nothing", Options::default());
    note("pooling", Options { pooling: Some(Pooling::Cls), ..Options::default() });
    note("length", Options { max_tokens: Some(9), ..Options::default() });
    note("query prefix", Options { query_prefix: Some("query:".to_owned()), ..Options::default() });
    note("passage prefix", Options { passage_prefix: Some("query:".to_owned()), ..Options::default() });
    let edit = |name: &str, from: &str, to: &str| {
        let path = dir.path().join(name);
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.contains(from), "{name} has no {from}");
        std::fs::write(path, text.replace(from, to)).unwrap();
    };
    edit("config.json", "\"gelu\"", "\"relu\"");
    note("activation", Options::default());
    edit("tokenizer.json", "\"lowercase\": true", "\"lowercase\": false");
    note("tokenizer", Options::default());
    std::fs::write(dir.path().join("model.safetensors"), Tiny { dtype: Dtype::F16, ..MINILM }.weights()).unwrap();
    note("weights", Options::default());
    // The name says nothing about the vectors.
    let named = Encoder::load(dir.path(), &Options { name: Some("other".to_owned()), ..Options::default() }).unwrap();
    assert_eq!((named.name(), named.fingerprint()), ("other", seen[seen.len() - 1].as_str()));
}
