//! Work that goes on although whoever asked for it has gone.

use crate::error::Failure;

/// Runs a step that must not stop half-way when its caller goes away.
pub(super) async fn finish<T: Send + 'static>(step: impl Future<Output = Result<T, Failure>> + Send + 'static) -> Result<T, Failure> {
    match tokio::spawn(step).await {
        Ok(result) => result,
        Err(error) => {
            tracing::error!(%error, "a step was lost");
            Err(crate::cpu::CpuError::Lost.into())
        }
    }
}
