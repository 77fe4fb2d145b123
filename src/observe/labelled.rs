//! A family of metrics in the order of its labels. The library's own family keeps a hash map, so that the same figures would
//! come out in another order at every start.

use std::collections::BTreeMap;
use std::fmt::{self, Debug};
use std::sync::{Arc, Mutex, PoisonError};

use prometheus_client::encoding::{EncodeLabelSet, EncodeMetric, MetricEncoder};
use prometheus_client::metrics::{MetricType, TypedMetric};

/// One metric of kind `M` for every value of the labels `S` that has occurred. Clones share the metrics.
pub(super) struct Labelled<S, M> {
    metrics: Arc<Mutex<BTreeMap<S, M>>>,
    make: fn() -> M,
}

impl<S: Ord, M: Clone> Labelled<S, M> {
    /// Makes metrics with `make` as labels occur.
    pub(super) fn new(make: fn() -> M) -> Self {
        Labelled { metrics: Arc::default(), make }
    }

    /// The metric of `labels`.
    pub(super) fn of(&self, labels: S) -> M {
        self.metrics.lock().unwrap_or_else(PoisonError::into_inner).entry(labels).or_insert_with(self.make).clone()
    }
}

impl<S, M> Clone for Labelled<S, M> {
    fn clone(&self) -> Self {
        Labelled { metrics: Arc::clone(&self.metrics), make: self.make }
    }
}

impl<S, M> Debug for Labelled<S, M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Labelled").finish_non_exhaustive()
    }
}

impl<S: EncodeLabelSet + Ord, M: EncodeMetric + TypedMetric> EncodeMetric for Labelled<S, M> {
    fn encode(&self, mut encoder: MetricEncoder) -> fmt::Result {
        for (labels, metric) in self.metrics.lock().unwrap_or_else(PoisonError::into_inner).iter() {
            metric.encode(encoder.encode_family(labels)?)?;
        }
        Ok(())
    }

    fn metric_type(&self) -> MetricType {
        M::TYPE
    }
}
