//! The forward pass of BERT and the RoBERTa family, in f32 on the CPU.
//!
//! The same mathematics as the reference implementation, arranged for few and large steps: weights are transposed once at
//! load, query, key and value are one product, the attention's 1/√d sits in the query's weights, the constant token type is
//! added to the position table, and what lies between two products is one pass (see [`super::ops`]).
//!
//! **Source** Devlin et al., BERT, arXiv 1810.04805; shapes and names as in published checkpoints.

use candle_core::{D, Result, Tensor};

use super::EmbedError;
use super::layout::Sizes;
use super::ops::{Activate, AddNorm, Attend, MergeHeads, SplitHeads};
use super::weights::Weights;

/// A dense layer; `weight` is `[in, out]`, the transpose of the checkpoint's. The bias is added by the step behind it.
struct Dense {
    weight: Tensor,
    bias: Vec<f32>,
}

struct Norm {
    weight: Vec<f32>,
    shift: Vec<f32>,
}

struct Layer {
    /// `[hidden, 3 · hidden]`: query (scaled), key, value.
    qkv: Dense,
    attention_out: Dense,
    attention_norm: Norm,
    up: Dense,
    down: Dense,
    norm: Norm,
}

/// A loaded transformer.
pub(super) struct Bert {
    sizes: Sizes,
    /// `[vocab, hidden]`.
    words: Tensor,
    /// `[positions − first_position, hidden]`, token type 0 added.
    positions: Tensor,
    embedding_norm: Norm,
    layers: Vec<Layer>,
}

impl Bert {
    /// Takes the tensors it needs out of `weights`.
    ///
    /// **Errors** a tensor that is missing, of another shape or type, by name.
    pub fn load(weights: &Weights<'_>, sizes: &Sizes) -> std::result::Result<Bert, EmbedError> {
        let Sizes { hidden, intermediate, .. } = *sizes;
        let failed = |source| EmbedError::Compute { name: "weights".to_owned(), source };

        let words = weights.get("embeddings.word_embeddings.weight", &[sizes.vocab, hidden])?;
        let positions = weights.get("embeddings.position_embeddings.weight", &[sizes.positions, hidden])?;
        let token_types = weights.get("embeddings.token_type_embeddings.weight", &[sizes.token_types, hidden])?;
        let positions = positions
            .narrow(0, sizes.first_position, sizes.positions - sizes.first_position)
            .and_then(|rows| rows.broadcast_add(&token_types.narrow(0, 0, 1)?))
            .map_err(failed)?;

        let norm = |name: &str| -> std::result::Result<Norm, EmbedError> {
            Ok(Norm { weight: weights.vector(&format!("{name}.weight"), hidden)?, shift: weights.vector(&format!("{name}.bias"), hidden)? })
        };
        let dense = |name: &str, from: usize, to: usize| -> std::result::Result<Dense, EmbedError> {
            let weight = weights.get(&format!("{name}.weight"), &[to, from])?;
            let bias = weights.vector(&format!("{name}.bias"), to)?;
            Ok(Dense { weight: weight.t().and_then(|t| t.contiguous()).map_err(failed)?, bias })
        };
        let scale = 1.0 / ((hidden / sizes.heads) as f64).sqrt();
        let mut layers = Vec::with_capacity(sizes.layers);
        for n in 0..sizes.layers {
            let at = |part: &str| format!("encoder.layer.{n}.{part}");
            let query = dense(&at("attention.self.query"), hidden, hidden)?;
            let key = dense(&at("attention.self.key"), hidden, hidden)?;
            let value = dense(&at("attention.self.value"), hidden, hidden)?;
            layers.push(Layer {
                qkv: fuse(query, &key, &value, scale).map_err(failed)?,
                attention_out: dense(&at("attention.output.dense"), hidden, hidden)?,
                attention_norm: norm(&at("attention.output.LayerNorm"))?,
                up: dense(&at("intermediate.dense"), hidden, intermediate)?,
                down: dense(&at("output.dense"), intermediate, hidden)?,
                norm: norm(&at("output.LayerNorm"))?,
            });
        }
        Ok(Bert { sizes: sizes.clone(), words, positions, embedding_norm: norm("embeddings.LayerNorm")?, layers })
    }

    /// The last layer's states; those behind a text's own tokens mean nothing.
    ///
    /// **Shapes** `ids [batch, tokens]` (u32), `lengths [batch]`, each 1 to tokens → `[batch, tokens, hidden]`.
    pub fn forward(&self, ids: &Tensor, lengths: &[usize]) -> Result<Tensor> {
        let (batch, tokens) = ids.dims2()?;
        let hidden = self.sizes.hidden;
        let words = self.words.index_select(&ids.flatten_all()?, 0)?;
        let positions = self.positions.narrow(0, 0, tokens)?.broadcast_as((batch, tokens, hidden))?.contiguous()?;
        let no_bias = vec![0.0; hidden];
        let mut x = self.norm(&words, &no_bias, &positions.reshape((batch * tokens, hidden))?, &self.embedding_norm)?;
        for layer in &self.layers {
            let context = self.attend(layer, &x, lengths)?;
            let attended = context.matmul(&layer.attention_out.weight)?;
            let y = self.norm(&attended, &layer.attention_out.bias, &x, &layer.attention_norm)?;
            let up = y.matmul(&layer.up.weight)?;
            let up = up.apply_op1_no_bwd(&Activate { bias: &layer.up.bias, activation: self.sizes.activation })?;
            x = self.norm(&up.matmul(&layer.down.weight)?, &layer.down.bias, &y, &layer.norm)?;
        }
        x.reshape((batch, tokens, hidden))
    }

    /// `[batch · tokens, hidden]` → the same.
    fn attend(&self, layer: &Layer, x: &Tensor, lengths: &[usize]) -> Result<Tensor> {
        let split = SplitHeads { bias: &layer.qkv.bias, batch: lengths.len(), heads: self.sizes.heads };
        let qkv = x.matmul(&layer.qkv.weight)?.apply_op1_no_bwd(&split)?;
        let (query, key, value) = (qkv.get(0)?, qkv.get(1)?, qkv.get(2)?);
        let scores = query.matmul(&key.transpose(D::Minus2, D::Minus1)?)?;
        scores.apply_op1_no_bwd(&Attend { lengths })?.matmul(&value)?.apply_op1_no_bwd(&MergeHeads)
    }

    fn norm(&self, x: &Tensor, bias: &[f32], residual: &Tensor, norm: &Norm) -> Result<Tensor> {
        let step = AddNorm { bias, weight: &norm.weight, shift: &norm.shift, eps: self.sizes.layer_norm_eps };
        x.apply_op2_no_bwd(residual, &step)
    }
}

fn fuse(query: Dense, key: &Dense, value: &Dense, scale: f64) -> Result<Dense> {
    let scaled = query.bias.iter().map(|bias| bias * scale as f32);
    Ok(Dense {
        weight: Tensor::cat(&[&(query.weight * scale)?, &key.weight, &value.weight], 1)?,
        bias: scaled.chain(key.bias.iter().copied()).chain(value.bias.iter().copied()).collect(),
    })
}
