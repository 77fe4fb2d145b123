//! A stand-in for the encoder where a test needs vectors but no meaning: character n-grams, hashed. Needs no files.

use sha2::{Digest, Sha256};

use super::{EmbedError, Embedder};

/// Numbers in a vector of [`HashingEmbedder`].
pub const DIMS: usize = 64;

/// Adds every character and every pair of neighbours to one of [`DIMS`] slots, with a sign: texts that share characters are
/// near each other. Case and spaces do not count. Empty text gives the first unit vector.
#[derive(Debug, Clone, Copy, Default)]
pub struct HashingEmbedder;

impl HashingEmbedder {
    fn embed(self, text: &str) -> Vec<f32> {
        let mut vector = vec![0.0_f32; DIMS];
        let mut previous = None;
        for c in text.chars().filter(|c| !c.is_whitespace()).flat_map(char::to_lowercase) {
            add(&mut vector, u64::from(u32::from(c)));
            if let Some(p) = previous.replace(c) {
                add(&mut vector, u64::from(u32::from(p)) << 32 | u64::from(u32::from(c)));
            }
        }
        let norm = vector.iter().map(|x| x * x).sum::<f32>().sqrt();
        if norm == 0.0 {
            vector[0] = 1.0;
        } else {
            vector.iter_mut().for_each(|x| *x /= norm);
        }
        vector
    }
}

fn add(vector: &mut [f32], gram: u64) {
    // A multiplication by an odd constant and a fold spread neighbouring code points over all slots.
    let hash = (gram ^ 0x9e37_79b9_7f4a_7c15).wrapping_mul(0xff51_afd7_ed55_8ccd);
    let hash = hash ^ (hash >> 32);
    let sign = if hash & 1 == 0 { 1.0 } else { -1.0 };
    vector[(hash >> 1) as usize % DIMS] += sign;
}

impl Embedder for HashingEmbedder {
    fn name(&self) -> &str {
        "hashing"
    }

    fn fingerprint(&self) -> &str {
        static FINGERPRINT: std::sync::OnceLock<String> = std::sync::OnceLock::new();
        FINGERPRINT.get_or_init(|| Sha256::digest(b"hashing 1").iter().map(|byte| format!("{byte:02x}")).collect())
    }

    fn dims(&self) -> usize {
        DIMS
    }

    fn max_tokens(&self) -> usize {
        usize::MAX
    }

    fn embed_query(&self, text: &str) -> Result<Vec<f32>, EmbedError> {
        Ok(self.embed(text))
    }

    fn embed_passages(&self, texts: &[String], progress: &mut dyn FnMut(usize)) -> Result<Vec<Vec<f32>>, EmbedError> {
        let vectors = texts.iter().map(|text| self.embed(text)).collect();
        progress(texts.len());
        Ok(vectors)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vectors_have_length_one_and_nearer_texts_are_nearer() {
        let embedder = HashingEmbedder;
        let texts = ["退款多久到账", "退款多久能到账", "发票怎么开", "", "　", "Refund"].map(str::to_owned);
        let mut done = 0;
        let vectors = embedder.embed_passages(&texts, &mut |n| done = n).unwrap();
        assert_eq!(done, texts.len());
        for vector in &vectors {
            assert_eq!(vector.len(), DIMS);
            assert!((vector.iter().map(|x| x * x).sum::<f32>() - 1.0).abs() < 1e-5);
        }
        let dot = |a: usize, b: usize| -> f32 { vectors[a].iter().zip(&vectors[b]).map(|(x, y)| x * y).sum() };
        assert!(dot(0, 1) > 0.7 && dot(0, 2) < 0.5, "{} {}", dot(0, 1), dot(0, 2));
        assert_eq!(vectors[5], embedder.embed_query(" REFUND").unwrap());
        assert_eq!(embedder.fingerprint().len(), 64);
    }
}
