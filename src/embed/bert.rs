//! The forward pass of BERT and the RoBERTa family, in f32 on the CPU.
//!
//! The same mathematics as the reference implementation, arranged for few and large steps: weights are transposed once at
//! load, query, key and value are one product, the attention's 1/√d sits in the query's weights, and the constant token type
//! is added to the position table. Batches without padding carry no mask.
//!
//! **Source** Devlin et al., BERT, arXiv 1810.04805; shapes and names as in published checkpoints.

use candle_core::{D, Module, Result, Tensor};
use candle_nn::ops::{layer_norm, softmax_last_dim};

use super::EmbedError;
use super::layout::{Activation, Sizes};
use super::weights::Weights;

/// A dense layer; `weight` is `[in, out]`, the transpose of the checkpoint's.
struct Dense {
    weight: Tensor,
    bias: Tensor,
}

impl Module for Dense {
    fn forward(&self, x: &Tensor) -> Result<Tensor> {
        x.matmul(&self.weight)?.broadcast_add(&self.bias)
    }
}

struct Norm {
    weight: Tensor,
    bias: Tensor,
    eps: f32,
}

impl Module for Norm {
    fn forward(&self, x: &Tensor) -> Result<Tensor> {
        layer_norm(x, &self.weight, &self.bias, self.eps)
    }
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
            Ok(Norm {
                weight: weights.get(&format!("{name}.weight"), &[hidden])?,
                bias: weights.get(&format!("{name}.bias"), &[hidden])?,
                eps: sizes.layer_norm_eps,
            })
        };
        let dense = |name: &str, from: usize, to: usize| -> std::result::Result<Dense, EmbedError> {
            let weight = weights.get(&format!("{name}.weight"), &[to, from])?;
            let bias = weights.get(&format!("{name}.bias"), &[to])?;
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

    /// The last layer's states.
    ///
    /// **Shapes** `ids [batch, tokens]` (u32), `mask [batch, 1, 1, tokens]` (0 at tokens, very negative at padding; `None`
    /// without padding) → `[batch, tokens, hidden]`.
    pub fn forward(&self, ids: &Tensor, mask: Option<&Tensor>) -> Result<Tensor> {
        let (batch, tokens) = ids.dims2()?;
        let hidden = self.sizes.hidden;
        let words = self.words.index_select(&ids.flatten_all()?, 0)?.reshape((batch, tokens, hidden))?;
        let summed = words.broadcast_add(&self.positions.narrow(0, 0, tokens)?)?;
        let mut x = self.embedding_norm.forward(&summed)?.reshape((batch * tokens, hidden))?;
        for layer in &self.layers {
            let attended = layer.attention_out.forward(&self.attend(&layer.qkv.forward(&x)?, batch, tokens, mask)?)?;
            let y = layer.attention_norm.forward(&(attended + &x)?)?;
            let fed = layer.down.forward(&self.activate(&layer.up.forward(&y)?)?)?;
            x = layer.norm.forward(&(fed + y)?)?;
        }
        x.reshape((batch, tokens, hidden))
    }

    /// `[batch · tokens, 3 · hidden]` → `[batch · tokens, hidden]`.
    fn attend(&self, qkv: &Tensor, batch: usize, tokens: usize, mask: Option<&Tensor>) -> Result<Tensor> {
        let (heads, hidden) = (self.sizes.heads, self.sizes.hidden);
        let qkv = qkv.reshape((batch, tokens, 3, heads, hidden / heads))?.permute((2, 0, 3, 1, 4))?.contiguous()?;
        let (query, key, value) = (qkv.get(0)?, qkv.get(1)?, qkv.get(2)?);
        let mut scores = query.matmul(&key.transpose(D::Minus2, D::Minus1)?)?;
        if let Some(mask) = mask {
            scores = scores.broadcast_add(mask)?;
        }
        let context = softmax_last_dim(&scores)?.matmul(&value)?;
        context.transpose(1, 2)?.contiguous()?.reshape((batch * tokens, hidden))
    }

    fn activate(&self, x: &Tensor) -> Result<Tensor> {
        match self.sizes.activation {
            Activation::Gelu => x.gelu_erf(),
            Activation::GeluTanh => x.gelu(),
            Activation::Relu => x.relu(),
        }
    }
}

fn fuse(query: Dense, key: &Dense, value: &Dense, scale: f64) -> Result<Dense> {
    let query = Dense { weight: (query.weight * scale)?, bias: (query.bias * scale)? };
    Ok(Dense {
        weight: Tensor::cat(&[&query.weight, &key.weight, &value.weight], 1)?,
        bias: Tensor::cat(&[&query.bias, &key.bias, &value.bias], 0)?,
    })
}
