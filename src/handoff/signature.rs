//! The signature of what is posted: HMAC-SHA256 over time and body, so that a receiver knows the sender and can refuse what
//! somebody recorded and sends again.
//!
//! **Source** RFC 2104; the test vectors are those of RFC 4231.

use std::fmt::Write as _;

use sha2::{Digest, Sha256};

/// Bytes that SHA-256 reads at a time.
const BLOCK: usize = 64;

/// The header's value: `t=SECONDS,v1=HEX`, where HEX is the HMAC-SHA256 of `SECONDS.BODY`.
pub(super) fn header(secret: &str, seconds: i64, body: &str) -> String {
    let mut value = format!("t={seconds},v1=");
    for byte in hmac_sha256(secret.as_bytes(), &[seconds.to_string().as_bytes(), b".", body.as_bytes()]) {
        // Writing to a String cannot fail.
        let _ = write!(value, "{byte:02x}");
    }
    value
}

fn hmac_sha256(key: &[u8], parts: &[&[u8]]) -> [u8; 32] {
    let mut block = [0u8; BLOCK];
    if key.len() > BLOCK {
        block[..32].copy_from_slice(&Sha256::digest(key));
    } else {
        block[..key.len()].copy_from_slice(key);
    }
    let mut inner = Sha256::new_with_prefix(block.map(|byte| byte ^ 0x36));
    parts.iter().for_each(|part| inner.update(part));
    Sha256::new_with_prefix(block.map(|byte| byte ^ 0x5c)).chain_update(inner.finalize()).finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hex(bytes: [u8; 32]) -> String {
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    #[test]
    fn equals_the_published_vectors() {
        for (key, data, want) in [
            (&[0x0b; 20][..], "Hi There", "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"),
            (b"Jefe", "what do ya want for nothing?", "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"),
            (
                &[0xaa; 131],
                "Test Using Larger Than Block-Size Key - Hash Key First",
                "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
            ),
        ] {
            assert_eq!(hex(hmac_sha256(key, &[data.as_bytes()])), want, "{data}");
        }
    }

    #[test]
    fn time_and_body_are_both_signed() {
        let signed = header("0123456789abcdef", 5, "{}");
        assert!(signed.starts_with("t=5,v1=") && signed.len() == "t=5,v1=".len() + 64);
        assert_ne!(signed[7..], header("0123456789abcdef", 6, "{}")[7..]);
        assert_ne!(signed[7..], header("0123456789abcdef", 5, "{ }")[7..]);
    }
}
