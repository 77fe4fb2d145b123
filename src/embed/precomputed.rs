//! Vectors of texts that the program brings along, computed once and kept in a file: beside a bundled model, or where they were first
//! needed.
//!
//! A safetensors file with `vectors` (`[texts, dims]`, 8 bits, each row in units of its own) and `units` (`[texts]`), and in its metadata
//! a hash of the encoder's fingerprint and the texts: with another encoder or other texts it says nothing.

use std::collections::HashMap;
use std::path::Path;

use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensorError, SafeTensors};

use super::directory::sha256;
use super::{EmbedError, Embedder};

/// Such a file beside a model.
pub const FILE: &str = "precomputed.safetensors";

const OF: &str = "of";
const VECTORS: &str = "vectors";
const UNITS: &str = "units";

/// The vectors of `texts` in a file of these `bytes`, each of length one again to within 1 %; `None` if it is of another encoder or of
/// other texts.
///
/// **Errors**: bytes that are no such file.
pub fn read(bytes: &[u8], embedder: &dyn Embedder, texts: &[String]) -> Result<Option<Vec<Vec<f32>>>, SafeTensorError> {
    let (_, header) = SafeTensors::read_metadata(bytes)?;
    if header.metadata().as_ref().and_then(|metadata| metadata.get(OF)) != Some(&hash(embedder, texts)) {
        return Ok(None);
    }
    let file = SafeTensors::deserialize(bytes)?;
    let (vectors, units) = (file.tensor(VECTORS)?, file.tensor(UNITS)?);
    let shapes = [vectors.shape(), units.shape()];
    if shapes != [&[texts.len(), embedder.dims()][..], &[texts.len()]] || [vectors.dtype(), units.dtype()] != [Dtype::I8, Dtype::F32] {
        return Err(SafeTensorError::TensorInvalidInfo);
    }
    let units = units.data().as_chunks().0.iter().map(|unit| f32::from_le_bytes(*unit));
    let rows = vectors.data().chunks_exact(embedder.dims().max(1));
    Ok(Some(rows.zip(units).map(|(row, unit)| row.iter().map(|number| f32::from(number.cast_signed()) * unit).collect()).collect()))
}

/// What [`read`] says of the file at `path`; `None` as well if there is none.
///
/// **Errors**: a file that cannot be read or is damaged.
pub fn open(path: &Path, embedder: &dyn Embedder, texts: &[String]) -> Result<Option<Vec<Vec<f32>>>, EmbedError> {
    match std::fs::read(path) {
        Ok(bytes) => read(&bytes, embedder, texts).map_err(|source| EmbedError::WeightsDamaged { path: path.to_owned(), source }),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(EmbedError::reading(path, source)),
    }
}

/// A file of the vectors of `texts`, which `embedder` made.
///
/// **Errors**: none for vectors of one length.
pub fn write(embedder: &dyn Embedder, texts: &[String], vectors: &[Vec<f32>]) -> Result<Vec<u8>, SafeTensorError> {
    let (mut numbers, mut units) = (Vec::with_capacity(texts.len() * embedder.dims()), Vec::with_capacity(texts.len() * 4));
    for vector in vectors {
        let largest = vector.iter().fold(0.0f32, |largest, x| largest.max(x.abs()));
        let unit = if largest > 0.0 { largest / 127.0 } else { 1.0 };
        numbers.extend(vector.iter().map(|x| ((x / unit).round() as i8).cast_unsigned()));
        units.extend_from_slice(&unit.to_le_bytes());
    }
    let tensors = [
        (VECTORS, TensorView::new(Dtype::I8, vec![texts.len(), embedder.dims()], &numbers)?),
        (UNITS, TensorView::new(Dtype::F32, vec![texts.len()], &units)?),
    ];
    safetensors::serialize(tensors, Some(HashMap::from([(OF.to_owned(), hash(embedder, texts))])))
}

fn hash(embedder: &dyn Embedder, texts: &[String]) -> String {
    sha256(format!("{}\n{}", embedder.fingerprint(), texts.join("\n")).as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::embed::hashing::HashingEmbedder;

    fn texts() -> Vec<String> {
        ["退货运费谁出", "how do I pay", "发票"].map(str::to_owned).to_vec()
    }

    #[test]
    fn what_is_read_lies_where_it_was_written() {
        let texts = texts();
        let vectors = HashingEmbedder.embed_passages(&texts, &mut |_| ()).unwrap();
        let bytes = write(&HashingEmbedder, &texts, &vectors).unwrap();
        assert_eq!(bytes, write(&HashingEmbedder, &texts, &vectors).unwrap(), "the same texts give the same file");
        let read = read(&bytes, &HashingEmbedder, &texts).unwrap().unwrap();
        for (read, written) in read.iter().zip(&vectors) {
            let cosine: f32 = read.iter().zip(written).map(|(x, y)| x * y).sum();
            assert!((cosine - 1.0).abs() < 0.01, "{cosine}");
        }
        assert_eq!(read.len(), 3);
    }

    #[test]
    fn other_texts_are_not_known_and_damage_is_told() {
        let (mut texts, embedder) = (texts(), HashingEmbedder);
        let bytes = write(&embedder, &texts, &embedder.embed_passages(&texts, &mut |_| ()).unwrap()).unwrap();
        assert!(read(&bytes[..bytes.len() - 1], &embedder, &texts).is_err());
        assert!(read(b"no such file", &embedder, &texts).is_err());
        texts[1].push('?');
        assert_eq!(read(&bytes, &embedder, &texts).unwrap(), None);
        texts.pop();
        assert_eq!(read(&bytes, &embedder, &texts).unwrap(), None);
    }
}
