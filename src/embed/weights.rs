//! Named tensors from a safetensors file, checked against the shapes that the configuration promises and widened to f32.

use std::path::{Path, PathBuf};

use candle_core::{DType, Device, Tensor};
use safetensors::{Dtype, SafeTensors};

use super::EmbedError;

/// The tensors of one file. Half precision is only a storage format here: attention masks overflow in it, so every tensor
/// leaves as f32.
pub(super) struct Weights<'a> {
    path: PathBuf,
    tensors: SafeTensors<'a>,
    prefix: &'static str,
}

impl<'a> Weights<'a> {
    /// Parses the header of `bytes`, which were read from `path`.
    pub fn parse(path: &Path, bytes: &'a [u8]) -> Result<Weights<'a>, EmbedError> {
        let damaged = |source| EmbedError::WeightsDamaged { path: path.to_owned(), source };
        let tensors = SafeTensors::deserialize(bytes).map_err(damaged)?;
        // A model saved below a task head keeps its names under the base model's.
        let prefix = ["bert.", "roberta."]
            .into_iter()
            .find(|prefix| tensors.names().iter().any(|name| name.starts_with(prefix)))
            .unwrap_or_default();
        Ok(Weights { path: path.to_owned(), tensors, prefix })
    }

    /// The tensor `name` of exactly `shape`, in f32 and contiguous.
    pub fn get(&self, name: &str, shape: &[usize]) -> Result<Tensor, EmbedError> {
        let full = format!("{}{name}", self.prefix);
        let path = self.path.clone();
        let Ok(view) = self.tensors.tensor(&full) else {
            return Err(EmbedError::TensorMissing { path, tensor: full });
        };
        if view.shape() != shape {
            return Err(EmbedError::TensorShape { path, tensor: full, expected: shape.to_vec(), found: view.shape().to_vec() });
        }
        let stored = match view.dtype() {
            Dtype::F32 => DType::F32,
            Dtype::F16 => DType::F16,
            Dtype::BF16 => DType::BF16,
            other => return Err(EmbedError::TensorType { path, tensor: full, found: format!("{other:?}") }),
        };
        let compute = |source| EmbedError::Compute { name: full.clone(), source };
        Tensor::from_raw_buffer(view.data(), stored, shape, &Device::Cpu).and_then(|tensor| tensor.to_dtype(DType::F32)).map_err(compute)
    }

    /// The tensor `name` of `len` numbers.
    pub fn vector(&self, name: &str, len: usize) -> Result<Vec<f32>, EmbedError> {
        let tensor = self.get(name, &[len])?;
        tensor.to_vec1().map_err(|source| EmbedError::Compute { name: name.to_owned(), source })
    }
}
